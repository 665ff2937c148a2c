import { rm } from 'node:fs/promises';
import { dataPaths } from '@memlane/contracts';
import { readGeneration, digestReadModel } from '@memlane/read-model';
import { openReaderDb } from '@memlane/projection';
import { runCli, startSystem, tempDir, type RunningSystem } from '@memlane/testkit';
import { afterEach, expect, test } from 'vitest';
import type { McpCaller } from '../support/mcp-caller.js';
import { createUsers } from '../support/users.js';

const PARTITIONS = 16;

let system: RunningSystem | undefined;

afterEach(async () => {
  await system?.stop();
  system = undefined;
});

async function startOn(dataDir: string): Promise<RunningSystem> {
  system = await startSystem({ dataDir });
  return system;
}

/** A history with stores, updates and deletions; returns when the read model has all of it. */
async function writeHistory(users: readonly McpCaller[]): Promise<void> {
  await Promise.all(
    users.map(async (user, n) => {
      let position: unknown;
      for (let i = 0; i < 30; i += 1)
        ({ position } = await user.must('store_memory', {
          content: `fact ${i} of user ${n}`,
          tags: [i % 2 ? 'odd' : 'even'],
          ...(i % 3 ? { conversation_id: `talk-${i % 4}` } : {}),
        }));
      const { memories } = await user.must('list_memories', { limit: 10, position });
      for (const { id } of memories as { id: string }[])
        await user.must('update_memory', { id, content: `changed ${id}`, type: 'changed' });
      ({ position } = await user.must('delete_memories', { tags: ['odd'] }));
      await user.must('list_memories', { position });
    }),
  );
}

async function digestAll(dataDir: string): Promise<string[]> {
  const paths = dataPaths(dataDir);
  const generation = readGeneration(dataDir) ?? 1;
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const db = openReaderDb(paths.memoryDb(generation, partition));
    try {
      return digestReadModel(db);
    } finally {
      db.close();
    }
  });
}

async function answersOf(users: readonly McpCaller[]): Promise<unknown[]> {
  return Promise.all(
    users.map(async (user) => {
      const { memories } = await user.must('search_memories', { query: 'fact changed user 7', limit: 50 });
      const { memories: listed, total } = await user.must('list_memories', { limit: 100 });
      return { found: (memories as { id: string }[]).map(({ id }) => id), listed, total };
    }),
  );
}

test('every projection deleted and replayed gives the same rows and the same answers', async () => {
  const dataDir = await tempDir();
  const owners = Array.from({ length: 8 }, (_, n) => `replay-${n}`);
  const before = await startOn(dataDir);
  const users = await createUsers(before, owners);
  await writeHistory(users);
  await waitForVectors(users);
  const digests = await digestAll(dataDir);
  const answers = await answersOf(users);
  await before.stop();

  for (const folder of ['read-model', 'decision', 'vectors', 'chroma'])
    await rm(`${dataDir}/${folder}`, { recursive: true });
  const again = await startOn(dataDir);
  // With the keys that they have: a new one would be an event more.
  const sameUsers = users.map((user) => user.at(again.url));
  await waitForVectors(sameUsers);
  expect(await digestAll(dataDir)).toEqual(digests);
  expect(await answersOf(sameUsers)).toEqual(answers);
});

test('memlane rebuild switches to a read model with the same rows, and nobody notices', async () => {
  const dataDir = await tempDir();
  const running = await startOn(dataDir);
  const users = await createUsers(
    running,
    Array.from({ length: 4 }, (_, n) => `rebuild-${n}`),
  );
  await writeHistory(users);
  const digests = await digestAll(dataDir);
  const generation = readGeneration(dataDir) ?? 1;
  const { code, stderr } = await runCli(['rebuild', '--data-dir', dataDir]);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect(readGeneration(dataDir)).toBe(generation + 1);
  expect(await digestAll(dataDir)).toEqual(digests);
  for (const user of users) expect(await user.must('list_memories', {})).toMatchObject({ total: 15 });
});

async function waitForVectors(users: readonly McpCaller[]): Promise<void> {
  for (const user of users)
    await expect
      .poll(async () => (await user.must('memory_overview', {}))['health'], { timeout: 60_000, interval: 100 })
      .toMatchObject({ vectors_pending: 0, vector_search: 'ok' });
}
