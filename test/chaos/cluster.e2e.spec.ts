import { partitionOf, streams } from '@memlane/contracts';
import { connectNats } from '@memlane/event-log';
import { startNatsCluster, type NatsCluster } from '@memlane/supervision';
import { natsServerProgram, startSystem, tempDir, type RunningSystem } from '@memlane/testkit';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { listContents } from '../support/list-memories.js';
import { createUser } from '../support/users.js';

// Fewer than usual: every stream is three here, and all of them are on one disk.
const PARTITIONS = 2;
const CALLERS = 8;

let cluster: NatsCluster;
let system: RunningSystem;

beforeAll(async () => {
  cluster = await startNatsCluster(await natsServerProgram(), { dir: await tempDir(), partitions: PARTITIONS });
  system = await startSystem({ env: { ...cluster.env, MEMLANE_EMBEDDINGS: 'none', MEMLANE_COMMAND_HANDLERS: '2' } });
});

afterAll(async () => {
  await system.stop();
  await cluster.stop();
});

async function leaderOf(stream: string): Promise<string | undefined> {
  const nc = await connectNats(await system.natsEnv(), { name: 'test' });
  try {
    return (await (await jetstreamManager(nc)).streams.info(stream)).cluster?.leader;
  } finally {
    await nc.close();
  }
}

test('kill-9-of-the-leader-of-a-stream-in-a-cluster-of-three-loses-nothing-and-doubles-nothing', async () => {
  const user = await createUser(system, 'ann', { connections: CALLERS });
  const acknowledged: string[] = [];
  const gaps: number[] = [];
  let failures = 0;
  let stopping = false;
  const work = Array.from({ length: CALLERS }, async (_, caller) => {
    let last = performance.now();
    for (let turn = 0; !stopping;) {
      const content = `caller ${caller} says ${turn} on a cluster`;
      try {
        await user.must('store_memory', { content, idempotency_key: content });
        acknowledged.push(content);
        gaps.push(performance.now() - last);
        last = performance.now();
        turn += 1;
      } catch {
        failures += 1;
      }
    }
  });
  // The bound is that of the test: how long servers of a busy machine elect is theirs.
  const moreThan = (count: number) =>
    vi.waitUntil(() => acknowledged.length > count, { timeout: 180_000, interval: 20 });
  await moreThan(100);

  const stream = streams.events(partitionOf('ann', PARTITIONS));
  const leader = await leaderOf(stream);
  const killed = cluster.servers.find(({ name }) => name === leader);
  expect(killed).toBeDefined();
  const before = gaps.length;
  await killed?.kill9();
  await moreThan(acknowledged.length + 100);
  const gap = Math.max(...gaps.slice(before));
  console.log(
    `kill -9 of the leader of ${stream}: longest time between two acknowledgements of a caller ${gap.toFixed(0)} ms ` +
      `(before: ${Math.max(...gaps.slice(0, before)).toFixed(0)} ms), ${failures} requests failed`,
  );
  expect(await leaderOf(stream)).not.toBe(leader);

  await killed?.start();
  await moreThan(acknowledged.length + 50);
  stopping = true;
  await Promise.all(work);
  await vi.waitFor(async () => expect((await listContents(user)).toSorted()).toEqual(acknowledged.toSorted()), {
    timeout: 60_000,
    interval: 250,
  });
  user.close();
});
