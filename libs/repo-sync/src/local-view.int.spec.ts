import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRepository, tempDir, type TestRepository } from '@memlane/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkSource, openMirror, SyncError, type CheckedSource, type Mirror } from './index.js';
import { openView } from './local-view.js';
import { openBelow } from './open-below.js';

const run = promisify(execFile);
const { signal } = new AbortController();
const noRest = () => Promise.resolve();
let root: string;
/** A repository outside of what is allowed, with its only commit. */
let secret: TestRepository;
let secretCommit: string;
let mirror: Mirror;

beforeEach(async () => {
  root = join(await tempDir(), 'repos');
  await mkdir(root);
  secret = await createRepository(join(await tempDir(), 'private'));
  secretCommit = await secret.commit({ 'f.txt': 'private\n' });
  mirror = await openMirror({ dir: join(await tempDir(), 'mirror') }, signal);
});

const check = (path: string) => checkSource(path, { roots: [root] });

/** Syncs as far as the fetch. @returns the commit, or why there is none */
async function sync(path: string, ref: string | null = null): Promise<string> {
  try {
    const source = await check(path);
    return await mirror.fetch(source, await mirror.findRef(source, ref, signal), signal);
  } catch (error) {
    if (error instanceof SyncError) return error.reason;
    throw error;
  }
}

/** Neither what the repository says it has, nor the commit by its id. */
async function expectNothingOf(path: string, reasons: readonly string[]): Promise<void> {
  const first = await sync(path);
  expect([...reasons], 'the reason').toContain(first);
  expect(await sync(path, secretCommit)).not.toBe(secretCommit);
  expect(await mirror.has(secretCommit, signal)).toBe(false);
  await expect(mirror.list(secretCommit, signal)).rejects.toThrow();
}

const secretGit = (...names: string[]) => join(secret.path, '.git', ...names);
const packSecret = () => secret.git('gc', '--quiet');

/** A repository below the root whose branch names the commit of the private one. */
async function claimSecret(name: string): Promise<string> {
  const { path } = await createRepository(join(root, name));
  await writeFile(join(path, '.git/refs/heads/main'), `${secretCommit}\n`);
  return path;
}

/** Puts a link in the place of something. */
async function replaceByLink(place: string, target: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await symlink(target, place);
}

describe('nothing outside of what is allowed is read', () => {
  test('from a bare sibling of the root', async () => {
    await run('git', ['clone', '--quiet', '--bare', secret.path, `${root}.git`]);
    await expectNothingOf(root, ['not-found']);
  });

  test('from a sibling of a folder that is a link', async () => {
    await mkdir(join(root, 'b'));
    await symlink(secretGit(), join(root, 'b.git'));
    await expectNothingOf(join(root, 'b'), ['not-found']);
  });

  test('from a sibling of a folder that is a file with the place', async () => {
    await mkdir(join(root, 'd'));
    await writeFile(join(root, 'd.git'), `gitdir: ${secretGit()}\n`);
    await expectNothingOf(join(root, 'd'), ['not-found']);
  });

  test('by a link or a file in the place of `.git`', async () => {
    for (const name of ['link', 'file']) await mkdir(join(root, name));
    await symlink(secretGit(), join(root, 'link/.git'));
    await writeFile(join(root, 'file/.git'), `gitdir: ${secretGit()}\n`);
    await expectNothingOf(join(root, 'link'), ['source-refused']);
    await expectNothingOf(join(root, 'file'), ['source-refused']);
  });

  test('through a repository above the folder', async () => {
    await run('git', ['init', '--quiet', root]);
    await mkdir(join(root, 'inner'));
    await expectNothingOf(join(root, 'inner'), ['not-found']);
  });

  test.each(['loose', 'packed'])('by a link in the place of all objects, %s', async (kind) => {
    if (kind === 'packed') await packSecret();
    const path = await claimSecret('x');
    await replaceByLink(join(path, '.git/objects'), secretGit('objects'));
    await expectNothingOf(path, ['source-refused']);
  });

  test('by a link in the place of the packs', async () => {
    await packSecret();
    const path = await claimSecret('x');
    await replaceByLink(join(path, '.git/objects/pack'), secretGit('objects/pack'));
    await expectNothingOf(path, ['source-refused']);
  });

  test('by links in the place of single packs', async () => {
    await packSecret();
    const path = await claimSecret('x');
    for (const name of await readdir(secretGit('objects/pack')))
      await symlink(secretGit('objects/pack', name), join(path, '.git/objects/pack', name));
    await expectNothingOf(path, ['source-refused']);
  });

  test.each(['folders', 'files'])('by links in the place of %s of loose objects', async (kind) => {
    const path = await claimSecret('x');
    for (const fan of (await readdir(secretGit('objects'))).filter((name) => name.length === 2)) {
      if (kind === 'folders') {
        await symlink(secretGit('objects', fan), join(path, '.git/objects', fan));
        continue;
      }
      await mkdir(join(path, '.git/objects', fan));
      for (const name of await readdir(secretGit('objects', fan)))
        await symlink(secretGit('objects', fan, name), join(path, '.git/objects', fan, name));
    }
    await expectNothingOf(path, ['source-refused']);
  });

  test.each(['HEAD', 'packed-refs', 'shallow', 'config', 'refs/heads/other', 'refs/heads'])(
    'by a link in the place of %s',
    async (name) => {
      await secret.git('pack-refs', '--all');
      await writeFile(secretGit('shallow'), `${secretCommit}\n`);
      await secret.git('update-ref', 'refs/heads/other', secretCommit);
      const { path, commit } = await createRepository(join(root, 'x'));
      await commit({ 'a.txt': 'mine' });
      await replaceByLink(join(path, '.git', name), secretGit(name));
      await expectNothingOf(path, ['source-refused']);
    },
  );

  test('by objects that are borrowed, also over a second repository', async () => {
    const path = await claimSecret('x');
    const between = await createRepository(join(root, 'between'));
    await writeFile(join(between.path, '.git/objects/info/alternates'), `${secretGit('objects')}\n`);
    await writeFile(join(path, '.git/objects/info/alternates'), `${between.path}/.git/objects\n`);
    await expectNothingOf(path, ['source-refused']);
  });

  test('by a common folder', async () => {
    const path = await claimSecret('x');
    await writeFile(join(path, '.git/commondir'), `${secretGit()}\n`);
    await expectNothingOf(path, ['source-refused']);
  });

  test('by settings of the repository that have git fetch what is missing or run something', async () => {
    const path = await claimSecret('x');
    const proof = join(root, 'proof');
    const config = join(path, '.git/config');
    const hook = join(root, 'hook.sh');
    await writeFile(hook, `#!/bin/sh\ntouch ${proof}\nexec "$@"\n`);
    await chmod(hook, 0o755);
    for (const [name, value] of [
      ['core.repositoryFormatVersion', '1'],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.url', secret.path],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.uploadpack', hook],
      ['uploadpack.packObjectsHook', hook],
      ['core.alternateRefsCommand', hook],
      ['core.fsmonitor', hook],
      ['include.path', secretGit('config')],
      [`includeIf.gitdir:${root}/.path`, secretGit('config')],
    ] as const)
      await run('git', ['config', '--file', config, name, value]);
    await expectNothingOf(path, ['empty', 'ref-not-found']);
    expect(await readdir(root)).not.toContain('proof');
  });

  test('also when names are made to lead elsewhere while git reads', async () => {
    await packSecret();
    const mine = await createRepository(join(root, 'mine'));
    const commit = await mine.commit({ 'a.txt': 'mine' });
    await mine.git('gc', '--quiet');
    const gitDir = join(mine.path, '.git');
    const source = (await check(mine.path)) as Extract<CheckedSource, { kind: 'local' }>;
    const view = await openView(source, {
      path: join(await tempDir(), 'view'),
      loose: { borrowed: '/nowhere', known: new Set<string>() },
      signal,
      rest: noRest,
    });
    const packs = join(gitDir, 'objects/pack');
    const [other = ''] = (await readdir(secretGit('objects/pack'))).filter((name) => name.endsWith('.pack'));
    for (const name of await readdir(packs))
      await replaceByLink(
        join(packs, name),
        secretGit('objects/pack', other.replace('.pack', name.slice(name.lastIndexOf('.')))),
      );
    const kindOf = (id: string) => run('git', ['--git-dir', view.path, 'cat-file', '-t', id]);
    expect((await kindOf(commit)).stdout).toBe('commit\n');
    await expect(kindOf(secretCommit)).rejects.toThrow();
    await view.close();
    await expect(readdir(view.path)).rejects.toThrow();
  });
});

test('a file is ours or refused, however often a folder above it is exchanged', async () => {
  const outside = await tempDir();
  for (const [folder, text] of [
    [join(root, 'folder'), 'mine'],
    [outside, 'private'],
  ] as const) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'f'), text);
  }
  await symlink(outside, join(root, 'link'));
  const exchange = async () => {
    await rename(join(root, 'folder'), join(root, 'aside'));
    await rename(join(root, 'link'), join(root, 'folder'));
    await rename(join(root, 'folder'), join(root, 'link'));
    await rename(join(root, 'aside'), join(root, 'folder'));
  };
  const read = async () => {
    const { handle, place } = await openBelow(join(root, 'folder/f'), [root]);
    return readFile(place, 'utf8').finally(() => handle.close());
  };
  const heard = new Set<string>();
  for (let n = 0; n < 500; n += 1) {
    const reads = [1, 2, 3].map(() =>
      read().then(
        (text) => heard.add(text),
        () => heard.add('refused'),
      ),
    );
    await Promise.all([exchange(), ...reads]);
  }
  expect(heard).toContain('mine');
  expect(heard).not.toContain('private');
});

describe('a local repository is read as git reads it', () => {
  test('with packs and packed refs, an annotated tag, and links that stay inside', async () => {
    const { path, git, commit } = await createRepository(join(root, 'x'));
    const first = await commit({ 'a.txt': 'one' });
    await git('tag', '-a', 'v1', '-m', 'first');
    const second = await commit({ 'a.txt': 'two' });
    await git('gc', '--quiet');
    expect(await sync(path)).toBe(second);
    expect(await sync(path, 'v1')).toBe(first);
    await rename(join(path, '.git/objects'), join(root, 'objects'));
    await symlink('../../objects', join(path, '.git/objects'));
    const third = await commit({ 'a.txt': 'three' });
    expect(await sync(path)).toBe(third);
    await symlink(path, join(root, 'link'));
    expect(await sync(join(root, 'link'))).toBe(third);
  });

  test('that is bare, and that has no history itself', async () => {
    const { path, commit } = await createRepository(join(root, 'x'));
    await commit({ 'a.txt': 'one' });
    const last = await commit({ 'a.txt': 'two' });
    await run('git', ['clone', '--quiet', '--bare', path, join(root, 'bare.git')]);
    await run('git', ['clone', '--quiet', '--depth=1', `file://${path}`, join(root, 'shallow')]);
    expect(await sync(join(root, 'bare.git'))).toBe(last);
    expect(await sync(join(root, 'shallow'))).toBe(last);
  });

  test('and loose objects that the mirror has already are borrowed from it', async () => {
    const { path, git, commit } = await createRepository(join(root, 'x'));
    await commit({ 'a.txt': 'one', 'b/c.txt': 'one' });
    const bare = join(await tempDir(), 'bare');
    await run('git', ['clone', '--quiet', '--bare', path, bare]);
    const known = new Set((await git('rev-list', '--objects', '--no-object-names', 'HEAD')).split('\n'));
    const second = await commit({ 'a.txt': 'two' });
    const source = (await check(path)) as Extract<CheckedSource, { kind: 'local' }>;
    const loose = { borrowed: join(bare, 'objects'), known };
    const view = await openView(source, { path: join(await tempDir(), 'view'), loose, signal, rest: noRest });
    const names = (await readdir(join(view.path, 'objects'), { recursive: true })).map((name) => name.replace('/', ''));
    expect(names.filter((name) => known.has(name))).toEqual([]);
    const listed = await run('git', ['--git-dir', view.path, 'rev-list', '--objects', '--no-object-names', second]);
    expect(new Set(listed.stdout.trim().split('\n')).size).toBe(known.size + 3);
    await view.close();
  });

  test('unless its format is another, which is said', async () => {
    await run('git', ['init', '--quiet', '--object-format=sha256', join(root, 'x')]);
    expect(await sync(join(root, 'x'))).toBe('git-failed');
  });
});
