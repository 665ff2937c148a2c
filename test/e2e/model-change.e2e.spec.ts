import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelDir, startSystem, tempDir, type RunningSystem } from '@memlane/testkit';
import { afterEach, expect, test, vi } from 'vitest';
import { createUser } from '../support/users.js';

const RELEASES = 'Releases happen at the end of the work week';

let system: RunningSystem | undefined;

afterEach(async () => {
  await system?.stop();
  system = undefined;
});

/** A model folder whose vectors count as another model's: a text is cut off earlier. */
async function otherModel(): Promise<string> {
  const dir = join(await tempDir(), 'model');
  await cp(await modelDir(), dir, { recursive: true });
  const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')) as object;
  await writeFile(join(dir, 'manifest.json'), JSON.stringify({ ...manifest, max_tokens: 128 }));
  return dir;
}

/** Starts on the folder; gives the model's key once every memory has its vector and is found by what it means. */
async function findByMeaning(dataDir: string, env: Record<string, string>): Promise<unknown> {
  system = await startSystem({ dataDir, env });
  const ann = await createUser(system, 'ann');
  await ann.must('store_memory', { content: RELEASES, idempotency_key: 'same' });
  const model = await vi.waitUntil(
    async () => {
      const { health } = await ann.must('memory_overview', {});
      const { vectors_pending: pending, model: key } = health as { vectors_pending: number; model?: string };
      return pending === 0 && key;
    },
    { timeout: 60_000, interval: 100 },
  );
  const found = await ann.must('search_memories', { query: 'when do we deploy?', mode: 'semantic' });
  expect(found).toMatchObject({ legs: { vectors: 'ok' }, memories: [{ content: RELEASES }] });
  ann.close();
  await system.stop();
  system = undefined;
  return model;
}

test('after a change of the model every memory gets a vector of the new one, and after a change back as well', async () => {
  const dataDir = await tempDir();
  const first = await findByMeaning(dataDir, {});
  const second = await findByMeaning(dataDir, { MEMLANE_MODEL_DIR: await otherModel() });
  expect(second).not.toBe(first);
  expect(await findByMeaning(dataDir, {})).toBe(first);
});
