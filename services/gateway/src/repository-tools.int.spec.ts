import { join } from 'node:path';
import { parsePosition } from '@memlane/contracts';
import { createRepository } from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProduct, type Product } from './product.support.spec.js';

let product: Product;
let key: string;

beforeAll(async () => {
  product = await startProduct();
  key = await product.makeKey('ana');
});

afterAll(async () => {
  await product.stop();
});

type Job = Record<string, unknown> & { id: string };

const jobOf = (answer: { structuredContent: Record<string, unknown> }) => answer.structuredContent['job'] as Job;
const jobsOf = async (args: Record<string, unknown>, of = key) =>
  (await product.call(of, 'jobs', args)).structuredContent['jobs'] as Job[];

describe('sync_repository', () => {
  test('waits for the end when it is asked to, and again records nothing', async () => {
    const repository = await createRepository(join(product.repositoryRoot, 'shop'));
    const commit = await repository.commit({ 'a.ts': 'a', 'x.png': 'x' });
    const first = await product.call(key, 'sync_repository', { source: repository.path, wait: true });
    expect(first.structuredContent).toMatchObject({ repository: 'shop', joined: false });
    expect(jobOf(first)).toMatchObject({
      state: 'done',
      phase: 'ended',
      commit,
      files: 1,
      skipped: 1,
      done: 2,
      total: 2,
    });
    const second = await product.call(key, 'sync_repository', { source: repository.path, wait: true });
    expect(jobOf(second)).toMatchObject({ state: 'done', commit, files: 0 });
  });

  test('answers the job at once without waiting, and jobs finds it', async () => {
    const repository = await createRepository(join(product.repositoryRoot, 'later'));
    await repository.commit({ 'a.ts': 'a' });
    const { id } = jobOf(await product.call(key, 'sync_repository', { source: repository.path }));
    await expect
      .poll(async () => (await jobsOf({ action: 'get', id }))[0]?.['state'], { timeout: 20_000 })
      .toBe('done');
    expect((await jobsOf({ action: 'list' })).map((job) => job.id)).toContain(id);
    expect(await jobsOf({ action: 'list' }, await product.makeKey('bob'))).toEqual([]);
  });

  test.each(['ext::id', 'file:///etc', '/etc', 'https://ana:pw@git.example/x', '--upload-pack=id'])(
    'refuses the source %s by name',
    async (source) => {
      const { isError, structuredContent } = await product.call(key, 'sync_repository', { source });
      expect(isError).toBe(true);
      expect(structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_INVALID_SOURCE', field: 'source' });
    },
  );

  test.each([
    [{ source: 'https://git.example/x', ref: '--force' }, 'ref'],
    [{ source: 'https://git.example/x', ref: 'a..b' }, 'ref'],
    [{ source: 'https://git.example/x', name: '../x' }, 'name'],
    [{ source: 'https://git.example/x', depth: 1 }, 'depth'],
  ])('refuses %j by its field', async (args, field) => {
    const { structuredContent } = await product.call(key, 'sync_repository', args);
    expect(structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_INVALID_INPUT', field });
  });
});

test('a failed job says why, and can be started again', async () => {
  const owner = await product.makeKey('cleo');
  const repository = await createRepository(join(product.repositoryRoot, 'empty'));
  const failed = jobOf(await product.call(owner, 'sync_repository', { source: repository.path, wait: true }));
  expect(failed).toMatchObject({ state: 'failed', reason: 'empty' });
  await repository.commit({ 'a.ts': 'a' });
  const [again] = await jobsOf({ action: 'retry', id: failed.id }, owner);
  await expect
    .poll(async () => (await jobsOf({ action: 'get', id: again?.id }, owner))[0]?.['state'], { timeout: 20_000 })
    .toBe('done');
});

test('a job of somebody else is not there', async () => {
  const [job] = await jobsOf({ action: 'list' });
  const other = await product.makeKey('dora');
  for (const action of ['get', 'cancel', 'retry']) {
    const { structuredContent } = await product.call(other, 'jobs', { action, id: job?.id });
    expect(structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND' });
  }
});

test('a removed repository is gone with its jobs', async () => {
  const owner = await product.makeKey('emil');
  const repository = await createRepository(join(product.repositoryRoot, 'gone'));
  await repository.commit({ 'a.ts': 'a' });
  const synced = await product.call(owner, 'sync_repository', { source: repository.path, wait: true });
  const removed = await product.call(owner, 'remove_repository', { name: 'gone' });
  expect(removed.isError).toBeFalsy();
  // Who waited for the end knows where it is: nothing of the sync comes after it.
  const [end, removal] = [synced, removed].map((answer) => parsePosition(String(answer.structuredContent['position'])));
  expect(end?.seq).toBe((removal?.seq ?? 0) - 1);
  expect(await jobsOf({ action: 'list' }, owner)).toEqual([]);
  const again = await product.call(owner, 'remove_repository', { name: 'gone' });
  expect(again.structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND' });
});
