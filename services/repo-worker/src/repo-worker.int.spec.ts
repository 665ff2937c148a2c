import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limit, live, partitionOf, streams, subjects, type JobProgress, type RepoEvent } from '@memlane/contracts';
import { createRepository, tempDir, type TestRepository } from '@memlane/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copySources, foldFiles, idOf, startWorkerProduct, type WorkerProduct } from './worker.support.spec.js';

let product: WorkerProduct;
let worker: Awaited<ReturnType<WorkerProduct['startWorker']>>;

beforeAll(async () => {
  product = await startWorkerProduct();
  worker = await product.startWorker();
});

afterAll(async () => {
  await worker.stop();
  await product.stop();
});

let names = 0;
async function newRepository(): Promise<TestRepository & { readonly name: string; readonly id: string }> {
  const name = `repo${(names += 1)}`;
  return { ...(await createRepository(join(product.root, name))), name, id: idOf(name) };
}

async function syncToEnd(owner: string, { path }: TestRepository, more = {}): Promise<RepoEvent> {
  return product.endOf(owner, await product.sync(owner, path, more));
}

const textOf = async (owner: string, store: string, blob = '') =>
  Buffer.from((await product.blobs.get({ owner, store }, blob)) ?? []).toString();

async function storeOf(owner: string, id: string): Promise<string> {
  const [requested] = await product.eventsOf(owner, id);
  return requested?.type === 'repository-sync-requested' ? requested.data.store : '';
}

describe('a sync', () => {
  test('records every file with its content, and completes at the commit', async () => {
    const repository = await newRepository();
    const commit = await repository.commit({
      'src/a.ts': 'export const a = 1;\n',
      'README.md': '# A\n',
      'x.png': 'no',
    });
    expect(await syncToEnd('ana', repository)).toMatchObject({
      type: 'repository-synced',
      data: { commit, base_commit: null, ref: 'main', counts: { files: 2, skipped: 1, removed: 0 } },
    });
    const files = await product.filesOf('ana', repository.id);
    expect(Object.keys(files)).toEqual(['README.md', 'src/a.ts', 'x.png']);
    expect(files['x.png']).toBe('binary');
    expect(await textOf('ana', await storeOf('ana', repository.id), files['src/a.ts'])).toBe('export const a = 1;\n');
  });

  test('of what changed gives the same files as a full one', async () => {
    const repository = await newRepository();
    await repository.commit({ 'a.ts': 'a', 'b.ts': 'b', 'lib/c.ts': 'c', 'lib/d.ts': 'd', 'e.ts': 'e' });
    await syncToEnd('ana', repository);
    await repository.git('mv', 'lib/c.ts', 'moved.ts');
    const commit = await repository.commit({
      'a.ts': 'changed',
      'b.ts': null,
      'new/f.ts': 'f',
      'e.ts': '\0binary now',
    });
    const ended = await syncToEnd('ana', repository);
    expect(ended).toMatchObject({ data: { commit, counts: { files: 3, skipped: 1, removed: 2 } } });
    await syncToEnd('bob', repository);
    const incremental = await product.filesOf('ana', repository.id);
    expect(incremental).toEqual(await product.filesOf('bob', repository.id));
    expect(Object.keys(incremental)).toEqual(['a.ts', 'e.ts', 'lib/d.ts', 'moved.ts', 'new/f.ts']);
  });

  test('of nothing new records nothing', async () => {
    const repository = await newRepository();
    const commit = await repository.commit({ 'a.ts': 'a' });
    await syncToEnd('ana', repository);
    expect(await syncToEnd('ana', repository)).toMatchObject({
      data: { commit, base_commit: commit, counts: { files: 0, removed: 0 } },
    });
  });

  test('in full records everything again when that is asked for', async () => {
    const repository = await newRepository();
    await repository.commit({ 'a.ts': 'a', 'b.ts': 'b' });
    await syncToEnd('ana', repository);
    const ended = await syncToEnd('ana', repository, { mode: 'full' });
    expect(ended).toMatchObject({ data: { base_commit: null, counts: { files: 2 } } });
  });

  test('follows another branch, and one that was pushed by force', async () => {
    const repository = await newRepository();
    await repository.commit({ 'a.ts': 'a' });
    await repository.git('checkout', '--quiet', '-b', 'next');
    const next = await repository.commit({ 'b.ts': 'b' });
    await repository.git('checkout', '--quiet', 'main');
    await syncToEnd('ana', repository);
    expect(await syncToEnd('ana', repository, { ref: 'next' })).toMatchObject({ data: { commit: next, ref: 'next' } });
    await repository.git('checkout', '--quiet', 'next');
    await repository.git('reset', '--quiet', '--hard', 'main');
    await repository.commit({ 'c.ts': 'c' });
    await syncToEnd('ana', repository, { ref: 'next' });
    expect(Object.keys(await product.filesOf('ana', repository.id))).toEqual(['a.ts', 'c.ts']);
  });

  test('stores no secret', async () => {
    const repository = await newRepository();
    const secret = ['ghp', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('_');
    await repository.commit({ 'config.ts': `export const token = '${secret}';\n` });
    expect(await syncToEnd('ana', repository)).toMatchObject({ data: { counts: { redacted: 1 } } });
    const files = await product.filesOf('ana', repository.id);
    const text = await textOf('ana', await storeOf('ana', repository.id), files['config.ts']);
    expect(text).toBe("export const token = '[redacted]';\n");
  });

  test('tells how far it is, to its owner only', async () => {
    const repository = await newRepository();
    await copySources('zod', repository.path);
    await repository.commit({});
    const heard: JobProgress[] = [];
    const subscription = product.log.nc.subscribe(live.jobProgress('ana'), {
      callback: (_, message) => void heard.push(message.json<JobProgress>()),
    });
    const others = product.log.nc.subscribe(live.jobProgress('bob'));
    const job = await product.sync('ana', repository.path);
    await product.endOf('ana', job);
    await expect.poll(() => heard.at(-1)).toMatchObject({ id: job.job_id, state: 'done', phase: 'ended' });
    expect(heard.map(({ phase }) => phase).filter((phase, n, all) => phase !== all[n - 1])).toEqual([
      'fetching',
      'recording',
      'completing',
      'ended',
    ]);
    expect(heard.at(-1)?.done).toBe(heard.at(-1)?.total);
    expect(others.getReceived()).toBe(0);
    subscription.unsubscribe();
    others.unsubscribe();
  });
});

describe('a job that cannot be done', () => {
  test.each([
    ['empty', {}],
    ['ref-not-found', { ref: 'nowhere' }],
  ])('fails with the reason %s', async (reason, more) => {
    const repository = await newRepository();
    if (reason !== 'empty') await repository.commit({ 'a.ts': 'a' });
    expect(await syncToEnd('ana', repository, more)).toMatchObject({
      type: 'repository-sync-failed',
      data: { reason },
    });
  });

  test.each(['ext::sh -c id', 'file:///etc', '/etc', 'https://127.0.0.1/x', 'https://ana:pw@git.example/x'])(
    'refuses the source %s once more, whoever let it through',
    async (source) => {
      const id = idOf(source);
      const job = await product.sync('ana', source, { repository_id: id, name: 'bad' });
      expect(await product.endOf('ana', job)).toMatchObject({ data: { reason: 'source-refused' } });
    },
  );

  test('is refused where a link leads to the objects of a repository that is not allowed', async () => {
    const secret = await createRepository(join(await tempDir(), 'private'));
    const commit = await secret.commit({ 'f.txt': 'private' });
    const repository = await newRepository();
    await writeFile(join(repository.path, '.git/refs/heads/main'), `${commit}\n`);
    await rm(join(repository.path, '.git/objects'), { recursive: true });
    await symlink(join(secret.path, '.git/objects'), join(repository.path, '.git/objects'));
    for (const ref of [null, commit])
      expect(await syncToEnd('ana', repository, { ref })).toMatchObject({ data: { reason: 'source-refused' } });
    expect(await product.filesOf('ana', repository.id)).toEqual({});
  });

  test('leaves readers what they had', async () => {
    const repository = await newRepository();
    await repository.commit({ 'a.ts': 'a' });
    await syncToEnd('ana', repository);
    const before = await product.filesOf('ana', repository.id);
    await syncToEnd('ana', repository, { ref: 'nowhere' });
    expect(await product.filesOf('ana', repository.id)).toEqual(before);
  });
});

test('a repository with more files than a repository may have is refused as a whole', async () => {
  const repository = await newRepository();
  await repository.commit({ 'a.ts': 'a' });
  await syncToEnd('ana', repository);
  const before = await product.filesOf('ana', repository.id);
  const blob = await repository.feed('x', 'hash-object', '-w', '--stdin');
  const entries = Array.from({ length: limit('repository_files') + 1 }, (_, n) => `100644 blob ${blob}\tf${n}.ts`);
  const tree = await repository.feed(entries.join('\n'), 'mktree');
  await repository.git('update-ref', 'refs/heads/main', await repository.git('commit-tree', tree, '-m', 'many'));
  expect(await syncToEnd('ana', repository)).toMatchObject({ data: { reason: 'too-many-files' } });
  expect(await product.filesOf('ana', repository.id)).toEqual(before);
});

test('a-disk-that-fills-up-in-the-middle-fails-the-job-and-leaves-readers-what-they-had', async () => {
  const repository = await newRepository();
  await repository.commit({ 'a.ts': 'a' });
  await syncToEnd('ana', repository);
  const before = await product.filesOf('ana', repository.id);
  const noise = () => randomBytes(48_000).toString('base64').replaceAll(/.{76}/g, '$&\n');
  const many = Array.from({ length: limit('files_per_batch') + 50 }, (_, n): [string, string] => [
    `f${n}.txt`,
    noise(),
  ]);
  await repository.commit(Object.fromEntries(many));
  const { streams: all } = product.log.jsm;
  const { config, state } = await all.info(streams.blobs);
  // Room for the first batch, not for all of it.
  await all.update(streams.blobs, { ...config, max_bytes: state.bytes + 34_000_000 });
  try {
    const ended = await syncToEnd('ana', repository);
    expect(ended).toMatchObject({ type: 'repository-sync-failed', data: { reason: 'disk-full' } });
    const events = await product.eventsOf('ana', repository.id);
    const recorded = events.filter(({ type }) => type === 'files-recorded');
    expect(recorded.length, 'some of it was recorded').toBeGreaterThan(1);
    expect(await product.filesOf('ana', repository.id)).toEqual(before);
  } finally {
    await all.update(streams.blobs, { ...config, max_bytes: -1 });
  }
  await syncToEnd('ana', repository);
  expect(Object.keys(await product.filesOf('ana', repository.id))).toHaveLength(many.length + 1);
}, 120_000);

test('what changed since the last sync gives the same files as a full sync, whatever changed', async () => {
  const names = fc.constantFrom('a.ts', 'b.ts', 'lib/a.ts', 'lib/b.ts', 'x/y/z.md', 'logo.png');
  const contents = fc.option(fc.constantFrom('one', 'two', 'three', '\0binary', ''), { nil: null });
  const commits = fc.array(fc.dictionary(names, contents, { minKeys: 1 }), { minLength: 2, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(commits, async (list) => {
      const repository = await newRepository();
      await repository.commit({ 'always.ts': 'x' });
      for (const changes of list) {
        const there = new Set((await repository.git('ls-files')).split('\n'));
        const possible = Object.entries(changes).filter(([path, content]) => content !== null || there.has(path));
        await repository.commit(Object.fromEntries(possible));
        await syncToEnd('ana', repository);
      }
      await syncToEnd('bob', repository);
      expect(await product.filesOf('ana', repository.id)).toEqual(await product.filesOf('bob', repository.id));
    }),
    { numRuns: 8 },
  );
}, 120_000);

test('a cancelled job ends within two seconds, and leaves readers what they had', async () => {
  const repository = await newRepository();
  await repository.commit({ 'a.ts': 'a' });
  await syncToEnd('ana', repository);
  const before = await product.filesOf('ana', repository.id);
  const many = Object.fromEntries(
    Array.from({ length: 3_000 }, (_, n) => [`many/f${n}.ts`, `export const f = ${n};\n`]),
  );
  await repository.commit(many);
  const ended = new Promise<JobProgress>((resolve) => {
    product.log.nc.subscribe(live.jobProgress('ana'), {
      callback: (_, message) => {
        const progress = message.json<JobProgress>();
        if (progress.phase === 'ended') resolve(progress);
      },
    });
  });
  const job = await product.sync('ana', repository.path);
  const isStarted = async () =>
    (await product.eventsOf('ana', repository.id)).some(
      (event) => event.type === 'repository-sync-started' && event.data.job_id === job.job_id,
    );
  await expect.poll(isStarted, { timeout: 10_000 }).toBe(true);
  const at = Date.now();
  await product.issue('ana', 'cancel-sync', { repository_id: repository.id, job_id: job.job_id });
  expect(await ended).toMatchObject({ id: job.job_id, state: 'cancelled' });
  expect(Date.now() - at, 'the requirement is two seconds').toBeLessThan(2_000);
  expect(await product.filesOf('ana', repository.id)).toEqual(before);
  expect(await syncToEnd('ana', repository)).toMatchObject({ data: { counts: { files: 3_000 } } });
});

test('a removed repository leaves nothing, earlier contents included, and can be synced again', async () => {
  const [repository, other] = [await newRepository(), await newRepository()];
  for (const text of ['a', 'changed']) {
    await repository.commit({ 'a.ts': text });
    await syncToEnd('ana', repository);
  }
  await other.commit({ 'a.ts': 'changed' });
  await syncToEnd('ana', other);
  const contentsOf = async (store: string) => {
    const filter = subjects.blob(partitionOf('ana', product.log.partitions), 'ana', store, '*');
    const { state } = await product.log.jsm.streams.info(streams.blobs, { subjects_filter: filter });
    return Object.keys(state.subjects ?? {}).length;
  };
  const store = await storeOf('ana', repository.id);
  expect(await contentsOf(store)).toBe(2);
  await product.issue('ana', 'remove-repository', { repository_id: repository.id });
  await expect.poll(() => contentsOf(store), { timeout: 10_000 }).toBe(0);
  await expect.poll(() => existsSync(join(product.dataDir, 'repositories', 'ana', store))).toBe(false);
  expect(await product.filesOf('ana', repository.id)).toEqual({});
  // The same content of another repository is its own.
  expect(await contentsOf(await storeOf('ana', other.id))).toBe(1);
  await syncToEnd('ana', repository);
  expect(Object.keys(await product.filesOf('ana', repository.id))).toEqual(['a.ts']);
});

test('fifty-jobs-of-one-user-delay-the-first-one-of-another-by-one-running-job-at-most', async () => {
  const repository = await newRepository();
  await repository.commit({ 'a.ts': 'a' });
  const jobs = [];
  for (let n = 0; n < 50; n += 1)
    jobs.push(await product.sync('busy', repository.path, { repository_id: idOf(`busy${n}`), name: `busy${n}` }));
  await product.endOf('busy', jobs[0] ?? raise());
  const first = await product.sync('quiet', repository.path);
  await product.endOf('quiet', first);
  const [asked = '', begun = ''] = (await product.timesOf('quiet', repository.id)).flatMap(({ type, at }) =>
    type === 'repository-sync-requested' || type === 'repository-sync-started' ? [at] : [],
  );
  const starts = await Promise.all(jobs.map(({ repository_id }) => product.timesOf('busy', repository_id)));
  const between = starts
    .flat()
    .filter(({ type, at }) => type === 'repository-sync-started' && at > asked && at < begun);
  expect(between.length).toBeLessThanOrEqual(1);
  const waiting = starts.filter((events) => !events.some(({ type }) => type === 'repository-sync-started'));
  expect(waiting.length, 'jobs of the busy one that still waited').toBeGreaterThan(10);
  for (const job of jobs) await product.endOf('busy', job);
}, 300_000);

function raise(): never {
  throw new Error('there is none');
}

test('a job whose message came twice is done once', async () => {
  const repository = await newRepository();
  await repository.commit({ 'a.ts': 'a' });
  const job = await product.sync('ana', repository.path);
  await product.endOf('ana', job);
  await product.issue('ana', 'sync-repository', {
    repository_id: repository.id,
    name: repository.name,
    source: repository.path,
    ref: null,
    mode: 'incremental',
    trigger: 'call',
  });
  await expect
    .poll(async () => (await product.log.jsm.streams.info(streams.jobs)).state.messages, { timeout: 20_000 })
    .toBe(0);
  const events = await product.eventsOf('ana', repository.id);
  expect(foldFiles(events)).toEqual(await product.filesOf('ana', repository.id));
  expect(events.filter(({ type }) => type === 'files-recorded')).toHaveLength(1);
});
