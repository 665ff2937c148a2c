import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { join } from 'node:path';
import { createRepository } from '@memlane/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copySources, idOf, startWorkerProduct, type WorkerProduct } from './worker.support.spec.js';

let product: WorkerProduct;

beforeAll(async () => {
  product = await startWorkerProduct();
});

afterAll(async () => {
  await product.stop();
});

const run = promisify(execFile);
const ROUNDS = 20;
const PER_GROUP = 5;
/** About as long as an undisturbed sync takes. */
const LONGEST_MS = 2_000;

/** Processes of git that work in our data folder. */
async function gitsOfWorkers(): Promise<string[]> {
  const { stdout } = await run('ps', ['-eo', 'pid,args']);
  return stdout.split('\n').filter((line) => line.includes(product.dataDir) && /\bgit\b/.test(line));
}

test('kill-9-of-the-worker-at-twenty-random-points-gives-the-index-of-an-undisturbed-sync', async () => {
  const repository = await createRepository(join(product.root, 'code'));
  await copySources('zod', join(repository.path, 'zod'));
  await copySources('typescript-eslint', join(repository.path, 'eslint'));
  await repository.commit({});
  const id = idOf('code');

  const calm = await product.startWorkerProcess();
  await product.endOf('calm', await product.sync('calm', repository.path));
  calm.child.kill('SIGTERM');
  await calm.exited;
  const expected = await product.filesOf('calm', id);
  expect(Object.keys(expected).length).toBeGreaterThan(300);

  // In groups: a killed worker's job comes back only after a while, which the next rounds make use of. So a job may be
  // killed once more in a later round of its group, and never so often that it is given up.
  for (let group = 0; group < ROUNDS / PER_GROUP; group += 1) {
    const jobs = new Map<string, Awaited<ReturnType<WorkerProduct['sync']>>>();
    for (let round = 0; round < PER_GROUP; round += 1) {
      const owner = `chaos${group}-${round}`;
      const victim = await product.startWorkerProcess();
      jobs.set(owner, await product.sync(owner, repository.path));
      // Anywhere between the first breath and the last batch.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_MS));
      victim.child.kill('SIGKILL');
      await victim.exited;
      await expect.poll(gitsOfWorkers, { timeout: 10_000 }).toEqual([]);
    }
    const successor = await product.startWorkerProcess();
    for (const [owner, job] of jobs) {
      expect(await product.endOf(owner, job)).toMatchObject({ type: 'repository-synced' });
      expect(await product.filesOf(owner, id)).toEqual(expected);
      const events = await product.eventsOf(owner, id);
      const batches = events.flatMap((event) => (event.type === 'files-recorded' ? [event.data.batch] : []));
      expect(batches, 'each batch once and in order').toEqual(Array.from({ length: batches.length }, (_, n) => n + 1));
    }
    successor.child.kill('SIGTERM');
    await successor.exited;
  }
}, 600_000);
