import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository, tempDir, type TestRepository } from '@memlane/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkSource, openMirror, prepareFiles, SyncError, type CheckedSource, type Mirror } from './index.js';

const { signal } = new AbortController();
const noRest = () => Promise.resolve();
let root: string;
let repository: TestRepository;
let source: CheckedSource;
let mirror: Mirror;

beforeEach(async () => {
  root = await tempDir();
  repository = await createRepository(join(root, 'shop'));
  source = await checkSource(repository.path, { roots: [root] });
  mirror = await openMirror({ dir: join(await tempDir(), 'mirror') }, signal);
});

const fetchRef = async (ref: string | null) => mirror.fetch(source, await mirror.findRef(source, ref, signal), signal);
const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no failure',
    (error: unknown) => (error instanceof SyncError ? error.reason : error),
  );

describe('a mirror', () => {
  test('has a branch, a tag or a commit as it is at the source, without history', async () => {
    const first = await repository.commit({ 'a.txt': 'one' });
    await repository.git('tag', '-a', 'v1', '-m', 'first');
    const second = await repository.commit({ 'a.txt': 'two' });
    expect(await mirror.findRef(source, null, signal)).toMatchObject({ name: 'main', commit: second });
    expect(await fetchRef(null)).toBe(second);
    expect(await mirror.has(first, signal)).toBe(false);
    expect(await fetchRef('v1')).toBe(first);
    expect(await fetchRef('refs/heads/main')).toBe(second);
    expect(await fetchRef(first)).toBe(first);
    await mirror.keepOnly(second, signal);
    expect([await mirror.has(first, signal), await mirror.has(second, signal)]).toEqual([false, true]);
  });

  test('lists files, and what changed between two commits', async () => {
    const first = await repository.commit({ 'a.txt': 'one', 'b/c.txt': 'two', 'b/gone.txt': 'x' });
    await fetchRef(null);
    const second = await repository.commit({ 'a.txt': 'changed', 'b/gone.txt': null, 'new ünï.txt': 'three' });
    await fetchRef(null);
    const paths = (entries: { path: string; mode: string | undefined }[]) =>
      entries.map(({ path, mode }) => [path, mode]);
    expect(paths(await mirror.list(first, signal))).toEqual([
      ['a.txt', '100644'],
      ['b/c.txt', '100644'],
      ['b/gone.txt', '100644'],
    ]);
    expect(paths(await mirror.diff(first, second, signal))).toEqual([
      ['a.txt', '100644'],
      ['b/gone.txt', undefined],
      ['new ünï.txt', '100644'],
    ]);
  });

  test('follows a ref that was pushed by force', async () => {
    await repository.commit({ 'a.txt': 'one' });
    const old = await repository.commit({ 'a.txt': 'two' });
    await fetchRef('main');
    await repository.git('reset', '--hard', '--quiet', 'HEAD~1');
    const forced = await repository.commit({ 'b.txt': 'other' });
    expect(await fetchRef('main')).toBe(forced);
    expect((await mirror.diff(old, forced, signal)).map(({ path }) => path)).toEqual(['a.txt', 'b.txt']);
  });

  test('says what is wrong with a source', async () => {
    expect(await reasonOf(fetchRef(null))).toBe('empty');
    await repository.commit({ 'a.txt': 'one' });
    expect(await reasonOf(fetchRef('nowhere'))).toBe('ref-not-found');
    expect(await reasonOf(fetchRef('0'.repeat(40)))).toBe('ref-not-found');
    await mkdir(join(root, 'plain'));
    expect(await reasonOf(checkSource(join(root, 'plain'), { roots: [root] }))).toBe('not-found');
  });

  test('stops when it is told to', async () => {
    await repository.commit({ 'a.txt': 'one' });
    const stop = new AbortController();
    const reason = new Error('cancelled');
    stop.abort(reason);
    await expect(mirror.list('HEAD', stop.signal)).rejects.toBe(reason);
  });
});

describe('preparing files', () => {
  test('keeps texts, and says why it skips the others', async () => {
    const secret = `ghp_abcdefghijklmnopqrstuvwxyz0123456789`;
    await symlink('/etc/passwd', join(repository.path, 'link'));
    const commit = await repository.commit({
      'src/a.ts': 'export {};\n',
      'src/A.ts': 'export const A = 1;\n',
      'empty.txt': '',
      'image.dat': new Uint8Array([1, 0, 2]),
      'latin.txt': new Uint8Array([0xe9, 10]),
      'big.txt': 'a\n'.repeat(700_000),
      'token.ts': `const token = '${secret}';\n`,
      '.env': 'X=1',
    });
    await fetchRef(null);
    const batch = await prepareFiles(mirror, await mirror.list(commit, signal), signal, noRest);
    expect(batch.files.map(({ path }) => path).sort()).toEqual(['empty.txt', 'src/A.ts', 'src/a.ts', 'token.ts']);
    expect(Object.fromEntries(batch.skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      '.env': 'secret',
      link: 'symlink',
      'image.dat': 'binary',
      'latin.txt': 'not-utf8',
      'big.txt': 'too-large',
    });
    const token = batch.files.find(({ path }) => path === 'token.ts');
    expect(token?.redacted).toBe(1);
    expect(Buffer.from(token?.content ?? []).toString()).toBe("const token = '[redacted]';\n");
  });

  test('puts a path that is not UTF-8 into the ledger', async () => {
    const name = Buffer.concat([Buffer.from(`${repository.path}/caf`), Buffer.from([0xe9]), Buffer.from('.ts')]);
    await writeFile(name, 'x');
    const commit = await repository.commit({});
    await fetchRef(null);
    const batch = await prepareFiles(mirror, await mirror.list(commit, signal), signal, noRest);
    expect(batch.skipped).toEqual([{ path: 'caf\ufffd.ts', reason: 'path-not-utf8' }]);
  });
});

describe('a tree that means no good', () => {
  /** Commits a tree that git itself would not make. @param records of the tree object, each mode, name and object id */
  async function commitTree(records: readonly (readonly [mode: string, name: string, oid: string])[]): Promise<void> {
    const entries = records.map(([mode, name, oid]) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]),
    );
    const tree = await repository.feed(
      Buffer.concat(entries),
      ...'hash-object -t tree -w --stdin --literally'.split(' '),
    );
    const commit = await repository.git('commit-tree', tree, '-m', 'x');
    await repository.git('update-ref', 'refs/heads/main', commit);
  }
  const newBlob = () => repository.feed('x', 'hash-object', '-w', '--stdin');

  test.each(['..', '.', '.git', '/etc/passwd', '../../x', 'a/../../x'])('with an entry %j is refused', async (name) => {
    const isFolder = name === '..' || name === '.';
    const blob = await newBlob();
    const inner = await repository.feed(`100644 blob ${blob}\tx`, 'mktree');
    await commitTree([isFolder ? ['40000', name, inner] : ['100644', name, blob]]);
    expect(await reasonOf(fetchRef(null))).toBe('malformed');
  });

  test('that has the same path twice is refused', async () => {
    const blob = await newBlob();
    await commitTree([
      ['100644', 'a.ts', blob],
      ['100644', 'a.ts', blob],
    ]);
    expect(await reasonOf(fetchRef(null))).toBe('malformed');
  });

  test('is skipped where it is too deep or too long, and where a file is huge, without reading it', async () => {
    const huge = join(repository.path, 'huge.txt');
    await writeFile(huge, '');
    await truncate(huge, 100_000_000);
    const deep = `${'d/'.repeat(70)}f.ts`;
    const long = `${`${'l'.repeat(200)}/`.repeat(6)}f.ts`;
    const commit = await repository.commit({ [deep]: 'x', [long]: 'x', 'ok.ts': 'x' });
    await fetchRef(null);
    const batch = await prepareFiles(mirror, await mirror.list(commit, signal), signal, noRest);
    expect(batch.files.map(({ path }) => path)).toEqual(['ok.ts']);
    const reasons = Object.fromEntries(batch.skipped.map(({ path, reason }) => [path.slice(0, 3), reason]));
    expect(reasons).toEqual({ 'd/d': 'path-too-deep', lll: 'path-too-long', hug: 'too-large' });
    expect(batch.skipped.find(({ reason }) => reason === 'too-large')?.size).toBe(100_000_000);
  });

  test('has links that are never followed, whatever they are linked to', async () => {
    for (const [name, target] of [
      ['up', '../../../etc'],
      ['root', '/etc/passwd'],
      ['self', 'self'],
    ] as const)
      await symlink(target, join(repository.path, name));
    const commit = await repository.commit({});
    await fetchRef(null);
    const batch = await prepareFiles(mirror, await mirror.list(commit, signal), signal, noRest);
    expect(batch.files).toEqual([]);
    expect(batch.skipped.map(({ path, reason }) => [path, reason])).toEqual([
      ['root', 'symlink'],
      ['self', 'symlink'],
      ['up', 'symlink'],
    ]);
  });
});

describe('checking a folder', () => {
  test('refuses links out of the allowed folder', async () => {
    const outside = await createRepository(join(await tempDir(), 'secret'));
    await symlink(outside.path, join(root, 'link'));
    expect(await reasonOf(checkSource(join(root, 'link'), { roots: [root] }))).toBe('source-refused');
    await mkdir(join(root, 'tree'));
    await writeFile(join(root, 'tree', '.git'), `gitdir: ${outside.path}/.git\n`);
    expect(await reasonOf(checkSource(join(root, 'tree'), { roots: [root] }))).toBe('source-refused');
  });

  test('refuses a repository that borrows objects from elsewhere', async () => {
    const outside = await createRepository(join(await tempDir(), 'secret'));
    await writeFile(join(repository.path, '.git/objects/info/alternates'), `${outside.path}/.git/objects\n`);
    expect(await reasonOf(checkSource(repository.path, { roots: [root] }))).toBe('source-refused');
  });
});

test.each([[['127.0.0.1']], [['93.184.216.34', '10.0.0.1']], [['::ffff:169.254.169.254']]])(
  'refuses a host one of whose addresses is not public: %j',
  async (addresses) => {
    const checks = { roots: [], resolve: () => Promise.resolve(addresses) };
    expect(await reasonOf(checkSource('https://git.example/x', checks))).toBe('source-refused');
  },
);

test.each([
  'https://127.0.0.1/x',
  'https://[::1]/x',
  'https://[::127.0.0.1]/x',
  'https://2130706433/x',
  'https://0x7f.1/x',
])('refuses %s by its spelled address', async (text) => {
  expect(await reasonOf(checkSource(text, { roots: [] }))).toBe('source-refused');
});
