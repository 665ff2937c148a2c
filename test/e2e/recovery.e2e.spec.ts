import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataPaths } from '@memlane/contracts';
import { readGeneration, digestReadModel } from '@memlane/read-model';
import { openReaderDb } from '@memlane/projection';
import { damageFile, runCli, startSystem, tempDir, type RunningSystem } from '@memlane/testkit';
import { afterEach, expect, test, vi } from 'vitest';
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

/** Every file that follows from the log. */
async function derivedFiles(dataDir: string): Promise<string[]> {
  const folders = ['read-model', 'decision', 'vectors', 'code-index'].map((name) => join(dataDir, name));
  const found = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })));
  const files = found.flat().filter((entry) => entry.isFile() && /\.(?:sqlite|json)$/.test(entry.name));
  return files.map(({ parentPath, name }) => join(parentPath, name));
}

test('every derived file damaged is set aside, built anew, and the server comes up by itself', async () => {
  const dataDir = await tempDir();
  const before = await startOn(dataDir);
  const users = await createUsers(
    before,
    Array.from({ length: 4 }, (_, n) => `damage-${n}`),
  );
  await writeHistory(users);
  await waitForVectors(users);
  const digests = await digestAll(dataDir);
  const answers = await answersOf(users);
  await before.stop();

  const files = await derivedFiles(dataDir);
  expect(files.length).toBeGreaterThanOrEqual(5 * PARTITIONS + 2);
  for (const file of files) damageFile(file);
  const again = await startOn(dataDir);
  const sameUsers = users.map((user) => user.at(again.url));
  await waitForVectors(sameUsers);
  expect(await digestAll(dataDir)).toEqual(digests);
  expect(await answersOf(sameUsers)).toEqual(answers);
  // A file of a generation that is not live any more is gone with it.
  for (const file of files.filter((name) => /decision|vectors|current/.test(name)))
    expect(existsSync(`${file}.damaged`), file).toBe(true);
  expect(again.log().filter((line) => line.includes('damaged file is set aside')).length).toBeGreaterThan(0);
});

test('derived files deleted under the running system come back, and what it answered it answers again', async () => {
  const dataDir = await tempDir();
  const running = await startOn(dataDir);
  const users = await createUsers(running, ['pulled-0', 'pulled-1']);
  await writeHistory(users);
  await waitForVectors(users);
  const digests = await digestAll(dataDir);
  const answers = await answersOf(users);
  for (const folder of ['read-model', 'decision', 'vectors', 'code-index'])
    await rm(join(dataDir, folder), { recursive: true });
  const started = performance.now();
  await vi.waitFor(async () => expect(await answersOf(users)).toEqual(answers), { timeout: 60_000, interval: 250 });
  console.log(`the same answers ${Math.round(performance.now() - started)} ms after every derived file was deleted`);
  await waitForVectors(users);
  expect(await digestAll(dataDir)).toEqual(digests);
  for (const user of users) await user.must('store_memory', { content: 'after all that' });
});

test('a vector projector that cannot come up leaves everything else running, and is named', async () => {
  const dataDir = await tempDir();
  await writeFile(join(dataDir, 'vectors'), 'where its folder should be');
  const running = await startOn(dataDir);
  const [user] = await createUsers(running, ['without']);
  const { position } = (await user?.must('store_memory', { content: 'green tea in the morning' })) ?? {};
  const answer = await user?.must('search_memories', { query: 'green tea', position });
  expect(answer).toMatchObject({ legs: { text: 'ok', vectors: 'unavailable' }, memories: [{}] });
  expect(running.log().join('\n')).toContain('vector-projector does not come up, search goes on without vectors');
});

test('a service that nothing is served without ends the start with its name and what to do', async () => {
  const dataDir = await tempDir();
  await writeFile(join(dataDir, 'decision'), 'where its folder should be');
  const { code, stdout } = await runCli(['up', '--port', '0', '--data-dir', dataDir]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/command-handler does not come up after 5 attempts: .*EEXIST.*Mend that and start again/);
});

async function waitForVectors(users: readonly McpCaller[]): Promise<void> {
  for (const user of users)
    await expect
      .poll(async () => (await user.must('memory_overview', {}))['health'], { timeout: 60_000, interval: 100 })
      .toMatchObject({ vectors_pending: 0, vector_search: 'ok' });
}
