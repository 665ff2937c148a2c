import { constants, writeFileSync } from 'node:fs';
import { copyFile, mkdir, opendir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { codeOf, limit } from '@memlane/contracts';
import { openBelow, readBelow, type OpenFile } from './open-below.js';
import { SyncError } from './sync-error.js';

/** Where a local repository lies. */
export interface GitFolder {
  /** Real path of the folder with `HEAD`, `refs` and `objects`. */
  readonly gitDir: string;
  /** Real paths of the folders that everything of it must lie below. */
  readonly roots: readonly string[];
}

/** What a view has of the objects that are not in packs: those that refs name are enough to list the refs. */
export type LooseObjects = 'of-refs' | OtherObjects;

/** All but those that a repository of ours has already: the view borrows them from there. */
export interface OtherObjects {
  /** Absolute path of its folder `objects`. */
  readonly borrowed: string;
  /** Ids of what is there. */
  readonly known: ReadonlySet<string>;
}

/** Called after a piece of work with the milliseconds that it took; the next piece begins when it resolves. */
export type Rest = (ms: number, signal: AbortSignal) => Promise<void>;

interface ViewSettings {
  /** A folder that does not exist. */
  readonly path: string;
  readonly loose: LooseObjects;
  readonly signal: AbortSignal;
  readonly rest: Rest;
}

/** A bare repository of ours that has the refs and objects of a local one, to fetch from. */
export interface LocalView {
  readonly path: string;
  close(): Promise<void>;
}

/** Files that are copied at a time; after so many small ones others have their turn. */
const WIDTH = 32;
/** Most loose objects are far smaller. */
const SMALL_BYTES = 262_144;
const REF_BYTES = 4_096;
const PACKED_REFS_BYTES = 67_108_864;
const CONFIG_BYTES = 1_048_576;
const FAN_OUT = /^[0-9a-f]{2}$/;
const LOOSE_NAME = /^[0-9a-f]{38}$/;
const PACK_FILE = /^pack-[0-9a-f]{40}\.(?:pack|idx)$/;
const OBJECT_ID = /\b[0-9a-f]{40}\b/g;
/** Loose objects have no deltas to reuse, and looking for some costs far more than what is read once over a pipe. */
const VIEW_CONFIG = '[pack]\n\twindow = 0\n\tcompression = 1\n\tthreads = 1\n';
const OTHER_FORMAT = /^\s*(?:objectformat\s*=\s*(?!sha1\b)|refstorage\s*=\s*(?!files\b))/im;

/**
 * Makes a view of a local repository in a folder of ours. git never works in the repository itself: it would look at
 * siblings, links, borrowed objects and settings there, and any of them may lead out of what is allowed, or be exchanged
 * after it was checked. Packs are linked by their open files, everything else is copied.
 *
 * @throws SyncError `source-refused`, `not-found`, `too-large`, `git-failed`; what the system says when the repository
 * changes meanwhile in a way that another attempt gets over
 */
export async function openView(
  { gitDir, roots }: GitFolder,
  { path, loose, signal, rest }: ViewSettings,
): Promise<LocalView> {
  const packs: OpenFile[] = [];
  const close = async () => {
    await Promise.all(packs.map(({ handle }) => handle.close()));
    await rm(path, { recursive: true, force: true });
  };
  let bytes = 0;
  const copy = async (name: string, maxBytes: number) => {
    signal.throwIfAborted();
    const { handle, place, size } = await openBelow(join(gitDir, name), roots);
    try {
      bytes += size;
      if (size > maxBytes || bytes > limit('repository_bytes')) throw tooLarge();
      await copyFile(place, join(path, name), constants.COPYFILE_FICLONE);
    } finally {
      await handle.close();
    }
  };
  const copyAll = (folder: string, names: readonly string[], maxBytes: number) =>
    eachOf(names, (name) => copy(join(folder, name), maxBytes).catch(unlessGone));
  /** @returns whether it was small, or is gone */
  const copySmall = (name: string): boolean => {
    try {
      const content = readBelow(join(gitDir, name), roots, SMALL_BYTES);
      if (!content) return false;
      bytes += content.byteLength;
      if (bytes > limit('repository_bytes')) throw tooLarge();
      writeFileSync(join(path, name), content);
    } catch (error) {
      unlessGone(error);
    }
    return true;
  };
  const copyLoose = async (fan: string, names: readonly string[]) => {
    if (names.length === 0) return;
    await mkdir(join(path, 'objects', fan), { recursive: true, mode: 0o700 });
    const folder = join('objects', fan);
    for (let from = 0; from < names.length; from += WIDTH) {
      signal.throwIfAborted();
      const begun = performance.now();
      const large = names.slice(from, from + WIDTH).filter((name) => !copySmall(join(folder, name)));
      await copyAll(folder, large, limit('repository_bytes'));
      await rest(performance.now() - begun, signal);
      await setImmediate();
    }
  };

  try {
    await mkdir(join(path, 'objects', 'pack'), { recursive: true, mode: 0o700 });
    await mkdir(join(path, 'refs'), { mode: 0o700 });
    await copy('HEAD', REF_BYTES);
    await copy('config', CONFIG_BYTES).catch(unlessGone);
    await refuseOtherFormats(path);
    // git writes an object before the ref that needs it, and packs what is loose before it removes it: read in this
    // order, nothing that a ref needs can be missed.
    let refs = 0;
    const copyRefs = async (folder: string): Promise<void> => {
      const { files, folders } = await list(join(gitDir, folder), limit('local_refs'));
      refs += files.length + folders.length;
      if (refs > limit('local_refs')) throw tooLarge();
      const names = files.filter((name) => !name.endsWith('.lock'));
      await copyAll(folder, names, REF_BYTES);
      for (const name of folders) {
        await mkdir(join(path, folder, name), { mode: 0o700 });
        await copyRefs(join(folder, name));
      }
    };
    await copyRefs('refs');
    await copy('packed-refs', PACKED_REFS_BYTES).catch(unlessGone);
    await copy('shallow', PACKED_REFS_BYTES).catch(unlessGone);
    if (loose === 'of-refs') {
      await eachOf([...(await readIds(path))], (id) => copyLoose(id.slice(0, 2), [id.slice(2)]));
    } else {
      await borrow(path, loose);
      let objects = 0;
      for (const fan of (await list(join(gitDir, 'objects'))).all.filter((name) => FAN_OUT.test(name))) {
        const { all } = await list(join(gitDir, 'objects', fan), limit('local_loose_objects'));
        objects += all.length;
        if (objects > limit('local_loose_objects')) throw tooLarge();
        await copyLoose(
          fan,
          all.filter((name) => LOOSE_NAME.test(name) && !loose.known.has(fan + name)),
        );
      }
    }
    const { all } = await list(join(gitDir, 'objects', 'pack'));
    const names = all.filter((name) => PACK_FILE.test(name));
    if (names.length > 2 * limit('local_packs')) throw tooLarge();
    for (const name of names) {
      const file = await openBelow(join(gitDir, 'objects', 'pack', name), roots);
      packs.push(file);
      await symlink(file.place, join(path, 'objects', 'pack', name));
    }
    return { path, close };
  } catch (error) {
    await close();
    throw explainAccess(error);
  }
}

interface Listing {
  readonly all: readonly string[];
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

const LISTED = 10_000;

/** Names in a folder, none when it is not there. Where they lead is found out when each is opened. */
async function list(folder: string, max = LISTED): Promise<Listing> {
  const listing = { all: [] as string[], files: [] as string[], folders: [] as string[] };
  const entries = await opendir(folder).catch(unlessGone);
  for await (const entry of entries ?? []) {
    if (listing.all.length >= max) throw tooLarge();
    listing.all.push(entry.name);
    if (entry.isDirectory()) listing.folders.push(entry.name);
    else listing.files.push(entry.name);
  }
  return listing;
}

async function eachOf(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  for (let from = 0; from < names.length; from += WIDTH) {
    // All of them end before the first failure is thrown: the folder that they write to is removed then.
    const results = await Promise.allSettled(names.slice(from, from + WIDTH).map(work));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

/** All ids in the refs of a view. */
async function readIds(path: string): Promise<Set<string>> {
  const ids = new Set<string>();
  const read = async (file: string) => {
    for (const [id] of (await readFile(file, 'latin1')).matchAll(OBJECT_ID)) ids.add(id);
  };
  const readFolder = async (folder: string): Promise<void> => {
    const { files, folders } = await list(folder, limit('local_refs'));
    await eachOf(files, (name) => read(join(folder, name)));
    for (const name of folders) await readFolder(join(folder, name));
  };
  await read(join(path, 'HEAD'));
  await read(join(path, 'packed-refs')).catch(unlessGone);
  await readFolder(join(path, 'refs'));
  return ids;
}

async function borrow(path: string, { borrowed }: OtherObjects): Promise<void> {
  await mkdir(join(path, 'objects', 'info'), { mode: 0o700 });
  await writeFile(join(path, 'objects', 'info', 'alternates'), `${borrowed}\n`);
}

/** The settings of the repository are looked at for this only, and are not those of the view. */
async function refuseOtherFormats(path: string): Promise<void> {
  const config = join(path, 'config');
  const text = await readFile(config, 'utf8').catch(() => '');
  if (OTHER_FORMAT.test(text))
    throw new SyncError('git-failed', 'local repositories are read with SHA-1 objects and refs in files only');
  await writeFile(config, VIEW_CONFIG);
}

function unlessGone(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function explainAccess(error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM')
    return new SyncError('not-found', 'the server may not read all of the repository');
  if (code === 'ENOSPC' || code === 'EDQUOT') return new SyncError('disk-full', 'the disk of the server is full');
  return error;
}

function tooLarge(): SyncError {
  return new SyncError('too-large', 'the repository has more refs, packs or loose objects than a local one may have');
}
