import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openFairQueue } from './fair-queue.js';

test('users take turns, and what one user has waiting keeps its order', () => {
  const queue = openFairQueue<string>();
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(item.slice(0, 1), item);
  const taken: (string | undefined)[] = [];
  for (let item = queue.peek(); item !== undefined; item = queue.peek()) {
    taken.push(item);
    queue.pass(true);
  }
  expect(taken).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
});

test('an item that is not done comes again before the others of its user', () => {
  const queue = openFairQueue<string>();
  for (const item of ['a1', 'a2', 'b1']) queue.push(item.slice(0, 1), item);
  queue.pass(false);
  expect(queue.peek()).toBe('b1');
  queue.pass(true);
  expect(queue.peek()).toBe('a1');
  expect([...queue]).toEqual(['a1', 'a2']);
});

test('nobody has more than one turn more than another who waits all the time', () => {
  const owners = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(owners, (pushed) => {
      const queue = openFairQueue<string>();
      for (const owner of pushed) queue.push(owner, owner);
      const turns = new Map<string, number>();
      for (let owner = queue.peek(); owner !== undefined; owner = queue.peek()) {
        turns.set(owner, (turns.get(owner) ?? 0) + 1);
        queue.pass(true);
        const left = new Set(queue);
        const had = [...left].map((other) => turns.get(other) ?? 0);
        if (had.length > 0) expect((turns.get(owner) ?? 0) - Math.min(...had)).toBeLessThanOrEqual(1);
      }
    }),
  );
});
