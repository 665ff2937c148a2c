import { startSystem, type RunningSystem, type SystemPart } from '@memlane/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { listContents } from '../support/list-memories.js';
import type { McpCaller } from '../support/mcp-caller.js';
import { createUser } from '../support/users.js';

let system: RunningSystem;

beforeAll(async () => {
  // Every owner in Chroma, so that killing it hits something.
  system = await startSystem({
    env: {
      MEMLANE_CHROMA_FROM: '0',
      MEMLANE_GATEWAYS: '2',
      MEMLANE_COMMAND_HANDLERS: '2',
      MEMLANE_QUERIES: '2',
    },
  });
});

afterAll(async () => {
  await system.stop();
});

/** Stores until it is acknowledged, as a careful client does: the same key again after every failure. */
async function storeUntilAcknowledged(user: McpCaller, content: string): Promise<void> {
  await vi.waitFor(() => user.must('store_memory', { content, idempotency_key: content }), {
    timeout: 60_000,
    interval: 100,
  });
}

const parts: SystemPart[] = [
  'command-handler',
  'command-handler-2',
  'query',
  'memory-projector',
  'vector-projector',
  'gateway',
  'gateway-2',
  'nats-server',
  'chroma',
];

test.each(parts)('kill-9-of-%s-during-writes-loses-nothing-and-doubles-nothing', async (part) => {
  const owner = `chaos-${part}`;
  const user = await createUser(system, owner, { connections: 16 });
  const contents = Array.from({ length: 240 }, (_, n) => `${owner} remembers number ${n} as mark${n}q`);
  const queue = [...contents];
  let done = 0;
  let killed = false;
  const work = async () => {
    for (let content = queue.shift(); content !== undefined; content = queue.shift()) {
      await storeUntilAcknowledged(user, content);
      done += 1;
      if (!killed && done >= contents.length / 3) {
        killed = true;
        await system.kill9(part);
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  expect(killed).toBe(true);

  await vi.waitFor(
    async () => {
      const found = await listContents(user);
      expect(found.toSorted()).toEqual(contents.toSorted());
    },
    { timeout: 60_000, interval: 250 },
  );
  await vi.waitFor(
    async () => {
      const answer = await user.must('search_memories', { query: 'mark77q', mode: 'hybrid' });
      expect(answer['legs']).toEqual({ text: 'ok', vectors: 'ok' });
      expect((answer['memories'] as { content: string }[])[0]?.content).toContain('mark77q');
    },
    { timeout: 60_000, interval: 250 },
  );
  user.close();
});

test('kill-9-of-one-gateway-leaves-the-clients-of-the-other-alone', async () => {
  // One after the other, so that both gateways are free for each of them: their connections are taken in turn.
  const users: McpCaller[] = [];
  for (let n = 0; n < 12; n += 1) users.push(await createUser(system, `apart-${n}`));
  const acknowledged = users.map(() => [] as string[]);
  const failures = users.map(() => 0);
  const gaps = users.map(() => 0);
  let stopAt = Number.POSITIVE_INFINITY;
  const work = users.map(async (user, n) => {
    let last = performance.now();
    for (let turn = 0; performance.now() < stopAt; turn += 1) {
      const content = `apart ${n} turn ${turn}`;
      try {
        await user.must('store_memory', { content, idempotency_key: content });
        acknowledged[n]?.push(content);
        gaps[n] = Math.max(gaps[n] ?? 0, performance.now() - last);
        last = performance.now();
      } catch {
        failures[n] = (failures[n] ?? 0) + 1;
      }
    }
  });
  await expect.poll(() => acknowledged.every((contents) => contents.length > 5), { timeout: 30_000 }).toBe(true);
  await system.kill9('gateway');
  const before = acknowledged.map((contents) => contents.length);
  await expect
    .poll(() => acknowledged.every((contents, n) => contents.length > (before[n] ?? 0) + 5), { timeout: 30_000 })
    .toBe(true);
  stopAt = performance.now();
  await Promise.all(work);
  const untouched = failures.filter((count) => count === 0).length;
  console.log(
    `kill -9 of a gateway: ${untouched} of ${users.length} clients saw nothing, longest time between two acknowledgements ` +
      `${Math.max(...gaps).toFixed(0)} ms`,
  );
  expect(untouched).toBeGreaterThan(users.length / 4);
  expect(untouched).toBeLessThan(users.length);
  for (const [n, user] of users.entries()) {
    const found = await listContents(user);
    expect(found).toEqual(expect.arrayContaining(acknowledged[n] ?? []));
    expect(new Set(found).size).toBe(found.length);
    user.close();
  }
});
