import { join } from 'node:path';
import { createRepository, startGitServer, tempDir, type GitServer, type TestRepository } from '@memlane/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idOf, startWorkerProduct, type WorkerProduct } from './worker.support.spec.js';

let server: GitServer;
let repository: TestRepository;
let product: WorkerProduct;
let worker: Awaited<ReturnType<WorkerProduct['startWorker']>>;

beforeAll(async () => {
  const root = await tempDir();
  repository = await createRepository(join(root, 'shop'));
  server = await startGitServer(root);
  product = await startWorkerProduct({
    MEMLANE_REPOSITORY_HOSTS: `git.corp.example, ${server.host}`,
    MEMLANE_GIT_CA_FILE: server.caFile,
  });
  worker = await product.startWorker();
});

afterAll(async () => {
  await worker.stop();
  await product.stop();
  await server.stop();
});

const sync = async (source: string, name: string) =>
  product.endOf('ana', await product.sync('ana', source, { repository_id: idOf(name), name }));

test('a repository of a server that the operator allows is synced, then only what was pushed since', async () => {
  const url = server.urlOf('shop/.git');
  await repository.commit({ 'a.ts': 'a', 'b.ts': 'b' });
  expect(await sync(url, 'shop')).toMatchObject({ type: 'repository-synced', data: { counts: { files: 2 } } });
  const commit = await repository.commit({ 'b.ts': 'changed', 'c.ts': 'c' });
  expect(await sync(url, 'shop')).toMatchObject({ data: { commit, counts: { files: 2 } } });
  await repository.git('reset', '--quiet', '--hard', 'HEAD~1');
  const forced = await repository.commit({ 'd.ts': 'd' });
  expect(await sync(url, 'shop')).toMatchObject({ data: { commit: forced, counts: { files: 2, removed: 1 } } });
  expect(Object.keys(await product.filesOf('ana', idOf('shop')))).toEqual(['a.ts', 'b.ts', 'd.ts']);
});

test.each([
  ['a server on a private address that is not allowed', () => 'https://127.0.0.1/shop', 'source-refused'],
  ['the same server at another port', () => server.urlOf('shop').replace(server.host, 'localhost:1'), 'source-refused'],
  ['a redirect to a private address', () => server.redirect('moved', 'https://10.0.0.1/shop'), 'source-refused'],
  ['no repository', () => server.urlOf('nothing'), 'not-found'],
])('the job fails with its reason where there is %s', async (_, sourceOf, reason) => {
  const source = sourceOf();
  expect(await sync(source, `bad-${idOf(source)}`)).toMatchObject({
    type: 'repository-sync-failed',
    data: { reason },
  });
});
