import { join } from 'node:path';
import { createRepository, startGitServer, tempDir, type GitServer, type TestRepository } from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSource, openMirror, SyncError, type Mirror } from './index.js';

const { signal } = new AbortController();
let server: GitServer;
let repository: TestRepository;
let commit: string;

beforeAll(async () => {
  const root = await tempDir();
  repository = await createRepository(join(root, 'shop'));
  commit = await repository.commit({ 'a.ts': 'export const a = 1;\n' });
  server = await startGitServer(root);
});

afterAll(() => server.stop());

const openFor = async (caFile?: string): Promise<Mirror> =>
  openMirror({ dir: join(await tempDir(), 'mirror'), caFile }, signal);
const check = (url: string) => checkSource(url, { roots: [], privateHosts: [server.host] });
const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no failure',
    (error: unknown) => (error instanceof SyncError ? error.reason : error),
  );
async function find(url: string, caFile: string | undefined = server.caFile): Promise<unknown> {
  return (await openFor(caFile)).findRef(await check(url), null, signal);
}

describe('a git server over https', () => {
  test('gives its files to whoever has its certificate', async () => {
    const source = await check(server.urlOf('shop/.git'));
    const mirror = await openFor(server.caFile);
    const ref = await mirror.findRef(source, null, signal);
    const heard: [number, number][] = [];
    const onProgress = (received: number, total: number) => void heard.push([received, total]);
    expect(await mirror.fetch(source, ref, signal, onProgress)).toBe(commit);
    expect((await mirror.list(commit, signal)).map(({ path }) => path)).toEqual(['a.ts']);
    expect(heard.at(-1)).toEqual([3, 3]);
  });

  test('with a certificate that is not known is not asked for anything', async () => {
    const before = server.requests.length;
    // No file: git checks by those of the system.
    const mirror = await openMirror({ dir: join(await tempDir(), 'mirror') }, signal);
    const source = await check(server.urlOf('shop/.git'));
    expect(await reasonOf(mirror.findRef(source, null, signal))).toBe('unreachable');
    expect(server.requests).toHaveLength(before);
  });

  test('on a loopback address is refused unless the operator allows the host, with its port or with any', async () => {
    const url = server.urlOf('shop/.git');
    const [name = '', port = ''] = server.host.split(':');
    const refused = [[], ['other.example'], [`${name}:1`], [`x${name}`]];
    for (const privateHosts of refused)
      expect(await reasonOf(checkSource(url, { roots: [], privateHosts })), privateHosts.join()).toBe('source-refused');
    for (const privateHosts of [[name], [`${name}:${port}`]])
      expect(await checkSource(url, { roots: [], privateHosts })).toMatchObject({ host: name, port: Number(port) });
  });

  test.each([
    ['to another address', 'https://169.254.169.254/latest'],
    ['to a private host', 'https://10.0.0.1/shop'],
    ['to this machine without TLS', 'http://127.0.0.1:1'],
    ['to a file', 'file:///etc'],
  ])('is not followed %s', async (_, to) => {
    expect(await reasonOf(find(server.redirect('moved', to)))).toBe('source-refused');
  });

  test('is not followed to itself either, since nobody has checked where it leads', async () => {
    const before = server.requests.length;
    expect(await reasonOf(find(server.redirect('moved', server.urlOf('shop'))))).toBe('source-refused');
    expect(server.requests.slice(before).every((path) => path.startsWith('/moved/'))).toBe(true);
  });

  test('without such a repository is said to have none', async () => {
    expect(await reasonOf(find(server.urlOf('nothing')))).toBe('not-found');
  });

  test('that is gone cannot be reached', async () => {
    const other = await startGitServer(await tempDir());
    const url = other.urlOf('shop');
    const source = await checkSource(url, { roots: [], privateHosts: [other.host] });
    await other.stop();
    const mirror = await openFor(other.caFile);
    expect(await reasonOf(mirror.findRef(source, null, signal))).toBe('unreachable');
  });

  test('is asked at the address that was checked, whatever its name leads to meanwhile', async () => {
    const [, port = ''] = server.host.split(':');
    const resolve = () => Promise.resolve(['127.0.0.1']);
    const url = `https://${server.alias}:${port}/shop/.git`;
    const source = await checkSource(url, { roots: [], privateHosts: [server.alias], resolve });
    expect(await (await openFor(server.caFile)).findRef(source, null, signal)).toMatchObject({ commit });
  });
});
