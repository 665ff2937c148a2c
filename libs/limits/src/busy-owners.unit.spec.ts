import { expect, it } from 'vitest';
import { countBusyOwners } from './busy-owners.js';

function atClock(most = 100) {
  let now = 5_000;
  const busy = countBusyOwners(() => now, most);
  return { busy, pass: (ms: number) => (now += ms) };
}

it('counts each user once, and the one who asks when nobody else is there', () => {
  const { busy } = atClock();
  expect(busy.count()).toBe(1);
  for (const owner of ['ann', 'ben', 'ann', 'ben', 'cem']) busy.note(owner);
  expect(busy.count()).toBe(3);
});

it('remembers who was at work for one to two seconds', () => {
  const { busy, pass } = atClock();
  busy.note('ann');
  pass(999);
  busy.note('ben');
  pass(999);
  busy.note('ben');
  expect(busy.count()).toBe(2);
  pass(1_000);
  expect(busy.count()).toBe(1);
  busy.note('cem');
  expect(busy.count()).toBe(2);
  pass(60_000);
  expect(busy.count()).toBe(1);
});

it('keeps no more users than it is allowed to', () => {
  const { busy } = atClock(2);
  for (const owner of ['ann', 'ben', 'cem']) busy.note(owner);
  expect(busy.count()).toBe(2);
});
