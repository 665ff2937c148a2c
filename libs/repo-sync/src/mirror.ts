import { access, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { limit } from '@memlane/contracts';
import type { CheckedSource } from './check-source.js';
import { explainFailure } from './explain-failure.js';
import { openView, type LooseObjects, type Rest } from './local-view.js';
import { runGit, type GitRun } from './run-git.js';
import { SyncError } from './sync-error.js';
import { parseDiff, parseTree, type TreeEntry } from './tree-entries.js';

const SMALL = 1_048_576;
const LISTING_BYTES = 268_435_456;
const WATCH_MS = 500;
/** Folder of the view of a local source, there as long as git reads from it. */
const VIEW = 'view';
/** Packs from which they are made into one. */
const MAX_PACKS = 20;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** Marks a commit that is here with all its files. */
const kept = (commit: string) => `refs/memlane/kept/${commit}`;

/** A ref as it is at the source. */
export interface RemoteRef {
  /** As people call it: `main`, `v1.2`, or the commit itself. */
  readonly name: string;
  /** What to fetch. */
  readonly ref: string;
  /** The commit, where the source says it. */
  readonly commit: string | undefined;
}

/** Hears how many objects have come, of how many. */
export type FetchProgress = (received: number, total: number) => void;

/** Our own copy of what was fetched of a repository: no history, no work tree. */
export interface Mirror {
  /** @throws SyncError `ref-not-found`, `empty`, or why the source cannot be read */
  findRef(source: CheckedSource, ref: string | null, signal: AbortSignal): Promise<RemoteRef>;
  /** Fetches one commit with its files. @returns the commit; @throws SyncError */
  fetch(source: CheckedSource, ref: RemoteRef, signal: AbortSignal, onProgress?: FetchProgress): Promise<string>;
  /** Whether a commit is here, complete. */
  has(commit: string, signal: AbortSignal): Promise<boolean>;
  /** All files of a commit, in the order of their paths. */
  list(commit: string, signal: AbortSignal): Promise<TreeEntry[]>;
  /** What changed between two commits that are here, in the order of paths. */
  diff(base: string, commit: string, signal: AbortSignal): Promise<TreeEntry[]>;
  /** Sizes of contents in bytes; `undefined` for one that is not here. */
  sizes(oids: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]>;
  /** Contents, whose sizes are known. */
  read(oids: readonly string[], bytes: number, signal: AbortSignal): Promise<Buffer[]>;
  /** Lets go of every commit but one. */
  keepOnly(commit: string, signal: AbortSignal): Promise<void>;
}

export interface MirrorSettings {
  /** Absolute path. */
  readonly dir: string;
  /** Certificates (PEM) that servers are checked by; default: those of the system. */
  readonly caFile?: string | undefined;
  /** See {@link Rest}; default: no rest. */
  readonly rest?: Rest;
}

/** Opens the mirror in a folder, making it when there is none. */
export async function openMirror(
  { dir, caFile, rest = () => Promise.resolve() }: MirrorSettings,
  signal: AbortSignal,
): Promise<Mirror> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // What a killed fetch left behind.
  await removeLeftovers(dir);
  const git = (args: readonly string[], run: Partial<GitRun> & Pick<GitRun, 'signal'>) =>
    runGit(args, { dir, timeoutMs: limit('repository_git_ms'), maxBytes: SMALL, ...run });
  if (!(await isMade(dir))) await git(['init', '--bare', '--quiet', '--template=', '.'], { signal });

  const viewPath = join(dir, VIEW);
  /** Lets git work with a source; a local one is never more to it than our view of it. */
  const withRemote = async <T>(
    source: CheckedSource,
    { loose, signal: abort }: { readonly loose: LooseObjects; readonly signal: AbortSignal },
    use: (place: string, run: Pick<GitRun, 'protocols' | 'config'>) => Promise<T>,
  ): Promise<T> => {
    if (source.kind === 'https') {
      const config = [
        `http.curloptResolve=${source.host}:${source.port}:${source.address}`,
        ...(caFile === undefined ? [] : [`http.sslCAInfo=${caFile}`]),
      ];
      return use(source.url, { protocols: 'https', config });
    }
    const view = await openView(source, { path: viewPath, loose, signal: abort, rest });
    try {
      return await use(view.path, { protocols: 'file' });
    } finally {
      await view.close();
    }
  };

  const hasCommit = async (commit: string, abort: AbortSignal) => {
    // A process less than asking git; one that `gc` has packed is known to git only.
    const ref = await readFile(join(dir, kept(commit)), 'latin1').catch(() => '');
    if (ref.trim() === commit) return true;
    return git(['rev-parse', '--quiet', '--verify', kept(commit)], { signal: abort }).then(
      () => true,
      (error: unknown) => {
        abort.throwIfAborted();
        if (error instanceof SyncError) throw error;
        return false;
      },
    );
  };

  /** Ids of all objects that are here. */
  const listIds = async (abort: AbortSignal): Promise<Set<string>> => {
    if ((await packFiles(dir)).length === 0) return new Set();
    const args = ['cat-file', '--batch-all-objects', '--unordered', '--batch-check=%(objectname)'];
    const output = await git(args, { signal: abort, maxBytes: LISTING_BYTES });
    return new Set(output.toString('latin1').split('\n'));
  };

  return {
    findRef: async (source, ref, abort) => {
      if (ref !== null && COMMIT.test(ref)) return { name: ref, ref, commit: ref };
      const wanted =
        ref === null ? ['HEAD'] : ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
      const patterns = wanted.flatMap((name) => (name.startsWith('refs/tags/') ? [name, `${name}^{}`] : [name]));
      const output = await withRemote(source, { loose: 'of-refs', signal: abort }, (place, run) =>
        git(['ls-remote', '--symref', '--', place, ...patterns], { ...run, signal: abort }),
      ).catch(explainFailure);
      return pickRef(output.toString('utf8'), ref, wanted);
    },
    fetch: async (source, { ref, commit }, abort, onProgress) => {
      if (commit !== undefined && (await hasCommit(commit, abort))) return commit;
      const stop = new AbortController();
      const watch = watchDisk(dir, stop);
      try {
        const known = source.kind === 'local' ? await listIds(abort) : new Set<string>();
        const loose = { borrowed: join(dir, 'objects'), known };
        await withRemote(source, { loose, signal: abort }, (place, run) =>
          git(['fetch', ...FETCH_OPTIONS, '--', place, `+${ref}:refs/memlane/fetched`], {
            ...run,
            signal: AbortSignal.any([abort, stop.signal]),
            timeoutMs: limit('repository_fetch_ms'),
            onProgress: (line) => {
              const [, received, total] = RECEIVING.exec(line) ?? [];
              if (received !== undefined) onProgress?.(Number(received), Number(total));
            },
          }),
        );
        const output = await git(['rev-parse', '--verify', 'refs/memlane/fetched^{commit}'], { signal: abort });
        const fetched = output.toString('latin1').trim();
        await git(['update-ref', kept(fetched), fetched], { signal: abort });
        return fetched;
      } catch (error) {
        return explainFailure(error);
      } finally {
        clearInterval(watch);
      }
    },
    has: hasCommit,
    list: async (commit, abort) => {
      const output = await git(['ls-tree', '-r', '-z', '--full-tree', commit], {
        signal: abort,
        maxBytes: LISTING_BYTES,
      });
      return parseTree(output);
    },
    diff: async (base, commit, abort) => {
      const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', base, commit];
      return parseDiff(await git(args, { signal: abort, maxBytes: LISTING_BYTES }));
    },
    sizes: async (oids, abort) => {
      if (oids.length === 0) return [];
      const output = await git(['cat-file', '--batch-check=%(objecttype) %(objectsize)'], {
        signal: abort,
        input: `${oids.join('\n')}\n`,
      });
      const lines = output.toString('latin1').split('\n');
      return oids.map((_, n) => {
        const [type, size] = (lines[n] ?? '').split(' ');
        return type === 'blob' ? Number(size) : undefined;
      });
    },
    read: async (oids, bytes, abort) => {
      if (oids.length === 0) return [];
      const output = await git(['cat-file', '--batch'], {
        signal: abort,
        input: `${oids.join('\n')}\n`,
        maxBytes: bytes + oids.length * 128,
      });
      return cutContents(output, oids.length);
    },
    keepOnly: async (commit, abort) => {
      if (await isAlone(dir, commit)) return;
      const listed = await git(['for-each-ref', '--format=%(refname)', 'refs/memlane/kept/'], { signal: abort });
      const others = listed
        .toString('latin1')
        .split('\n')
        .filter((name) => name !== '' && name !== kept(commit));
      const input = others.map((name) => `delete ${name}\n`).join('');
      if (input !== '') await git(['update-ref', '--stdin'], { signal: abort, input });
      const packs = (await packFiles(dir)).filter(({ name }) => name.endsWith('.pack'));
      if (packs.length > MAX_PACKS)
        await git(['gc', '--quiet', '--prune=now'], { signal: abort, timeoutMs: limit('repository_fetch_ms') });
    },
  };
}

const RECEIVING = /^Receiving objects: +\d+% \((\d+)\/(\d+)\)/;

const FETCH_OPTIONS = [
  '--depth=1',
  '--no-tags',
  '--no-recurse-submodules',
  '--no-write-fetch-head',
  '--force',
  '--progress',
  '--update-shallow',
];

function pickRef(listing: string, ref: string | null, wanted: readonly string[]): RemoteRef {
  const found = new Map<string, string>();
  let defaultBranch = 'HEAD';
  for (const line of listing.split('\n')) {
    const [left = '', name = ''] = line.split('\t');
    if (left.startsWith('ref: ') && name === 'HEAD') defaultBranch = left.slice('ref: '.length);
    else if (name !== '') found.set(name, left);
  }
  for (const name of wanted) {
    const commit = found.get(`${name}^{}`) ?? found.get(name);
    if (commit === undefined) continue;
    const called = ref ?? defaultBranch.replace(/^refs\/heads\//, '');
    return { name: called, ref: name, commit };
  }
  if (ref === null) throw new SyncError('empty', 'the repository has no commit');
  throw new SyncError('ref-not-found', 'the repository has no branch, tag or commit of this name');
}

/** Cuts `<oid> blob <size>\n<content>\n` apart. */
function cutContents(output: Buffer, count: number): Buffer[] {
  const contents: Buffer[] = [];
  let at = 0;
  for (let n = 0; n < count; n += 1) {
    const end = output.indexOf(10, at);
    const [, type, size] = output.toString('latin1', at, end).split(' ');
    if (end < 0 || type !== 'blob') throw new SyncError('git-failed', 'git did not give a content that it has');
    const from = end + 1;
    contents.push(output.subarray(from, from + Number(size)));
    at = from + Number(size) + 1;
  }
  return contents;
}

/** Whether git has made its repository, of which this folder is the last that it makes. */
function isMade(dir: string): Promise<boolean> {
  return access(join(dir, 'objects', 'info')).then(
    () => true,
    () => false,
  );
}

/** Whether no other commit is kept: what every sync without a change leaves, found out without a process. */
async function isAlone(dir: string, commit: string): Promise<boolean> {
  const names = await readdir(join(dir, 'refs', 'memlane', 'kept')).catch(() => []);
  const isPacked = await access(join(dir, 'packed-refs')).then(
    () => true,
    () => false,
  );
  return !isPacked && names.length === 1 && names[0] === commit;
}

async function packFiles(dir: string): Promise<{ path: string; name: string }[]> {
  const folder = join(dir, 'objects', 'pack');
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => ({ name, path: join(folder, name) }));
}

async function removeLeftovers(dir: string): Promise<void> {
  const files = (await packFiles(dir)).filter(({ name }) => name.startsWith('tmp_'));
  const locks = ['shallow.lock', 'HEAD.lock', 'packed-refs.lock', 'config.lock', 'refs/memlane/fetched.lock'];
  const paths = [...files.map(({ path }) => path), ...locks.map((name) => join(dir, name))];
  await Promise.all(paths.map((path) => rm(path, { force: true })));
  await rm(join(dir, VIEW), { recursive: true, force: true });
}

/** Ends a fetch that takes more disk than a repository may. */
function watchDisk(dir: string, stop: AbortController): NodeJS.Timeout {
  const measure = async () => {
    const sizes = await Promise.all(
      (await packFiles(dir)).map(({ path }) =>
        stat(path).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    const max = limit('repository_bytes');
    if (sizes.reduce((sum, size) => sum + size, 0) > max)
      stop.abort(new SyncError('too-large', `the repository takes more than ${max} bytes`));
  };
  return setInterval(() => void measure(), WATCH_MS);
}
