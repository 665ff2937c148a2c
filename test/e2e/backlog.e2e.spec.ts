import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataPaths } from '@memlane/contracts';
import { startSystem, tempDir, type RunningSystem } from '@memlane/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { countPendingVectors, syncUntilSearchable } from '../bench/code-calls.js';
import { makeRepository, readSources } from '../bench/source-trees.js';
import { firstHourProgram, guideBlocks } from '../support/guides.js';
import type { McpCaller } from '../support/mcp-caller.js';
import { createUser } from '../support/users.js';

/** To sync some hundred files, on a machine that others use as well. */
const SYNC_MS = 400_000;
const PATIENCE = { timeout: 60_000, interval: 100 };

let root: string;
let system: RunningSystem;
let ann: McpCaller;

beforeAll(async () => {
  root = await tempDir();
  const project = join(import.meta.dirname, '..', '..');
  const sources = await readSources([join(project, 'libs'), join(project, 'services')]);
  const repository = await makeRepository(root, 'large', sources.slice(0, 800));
  system = await startSystem({ env: { MEMLANE_REPOSITORY_ROOTS: root } });
  ann = await createUser(system, 'ann');
  await syncUntilSearchable(ann, repository.path);
  // The projector takes them in a little at a time.
  await vi.waitFor(async () => expect(await countPendingVectors(system)).toBeGreaterThan(2_000), PATIENCE);
}, SYNC_MS);
afterAll(async () => {
  ann.close();
  await system.stop();
  await rm(root, { recursive: true, force: true });
});

interface Found {
  readonly memories: readonly { readonly id: string }[];
}

/** Stores a memory; it must be found by its meaning, at its position, before the vectors of the code are there. */
async function expectFound(content: string, query: string): Promise<void> {
  const { id, position } = await ann.must('store_memory', { content });
  await vi.waitFor(async () => {
    const answer = await ann.must('search_memories', { query, mode: 'semantic', position });
    const { memories } = answer as unknown as Found;
    expect(memories[0]?.id).toBe(id);
  }, PATIENCE);
  expect(await countPendingVectors(system)).toBeGreaterThan(1_000);
}

test('a memory is found by its meaning while the vectors of much code are made', async () => {
  await expectFound('Our puppy chewed the sofa', 'naughty young dog');
  await expectFound('My automobile needs new tyres', 'vehicle maintenance');
});

test('the program of the first hour prints what the guide says beside a backlog of code', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [firstHourProgram, dataPaths(system.dataDir).connect]);
  expect(await guideBlocks('first-hour.md', 'text')).toContain(stdout);
  expect(await countPendingVectors(system)).toBeGreaterThan(1_000);
});

test('a memory is found by its meaning beside a long import of the same user', async () => {
  const memories = Array.from({ length: 100 }, (_, i) => ({ content: `Customer ${i} ordered ${i * 7} chairs` }));
  for (let batch = 0; batch < 4; batch += 1)
    await ann.must('store_memories', {
      memories: memories.map(({ content }) => ({ content: `${content} in week ${batch}` })),
    });
  await expectFound('Grandmother bakes apple pie', 'dessert made by an old woman');
});

test('kill-9-of-the-embedder-beside-a-backlog-loses-no-memory', async () => {
  await system.kill9('embedder');
  await expectFound('We sailed along the coast in strong wind', 'boat trip on the ocean');
});
