import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { isBelow } from '@memlane/contracts';
import { SyncError } from './sync-error.js';

/** A file that is open, and lies below an allowed folder. */
export interface OpenFile {
  readonly handle: FileHandle;
  /** A path to this very file, whatever becomes of its name; valid in other processes while the handle is open. */
  readonly place: string;
  /** In bytes. */
  readonly size: number;
}

const LINUX = process.platform === 'linux';
// A pipe would block, and a device may do something when it is opened.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a file that lies below one of some folders when all links are followed.
 *
 * A name can be made to lead elsewhere between a check and its use. On Linux the kernel says where the open file lies,
 * and the file is read by its descriptor afterwards. Elsewhere only the check before is left.
 *
 * @param roots real paths
 * @throws SyncError `source-refused`; what the system says when there is no such file
 */
export async function openBelow(path: string, roots: readonly string[]): Promise<OpenFile> {
  const real = await realpath(path);
  if (!isBelow(real, roots)) throw leadsOut();
  const handle = await open(real, FLAGS);
  try {
    const place = LINUX ? `/proc/${process.pid}/fd/${handle.fd}` : real;
    if (LINUX && !isBelow(await readlink(place), roots)) throw leadsOut();
    const stats = await handle.stat();
    if (!stats.isFile()) throw notAFile();
    return { handle, place, size: stats.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Reads a small file as {@link openBelow} opens it, without leaving the thread: of many small files each turn of the
 * thread pool takes ten times what reading takes.
 *
 * @param maxBytes beyond them nothing is read, and the answer is `undefined`
 * @throws as `openBelow`
 */
export function readBelow(path: string, roots: readonly string[], maxBytes: number): Buffer | undefined {
  const real = realpathSync.native(path);
  if (!isBelow(real, roots)) throw leadsOut();
  const fd = openSync(real, FLAGS);
  try {
    if (LINUX && !isBelow(readlinkSync(`/proc/self/fd/${fd}`), roots)) throw leadsOut();
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw notAFile();
    return stats.size > maxBytes ? undefined : readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function notAFile(): SyncError {
  return new SyncError('source-refused', 'the repository has something where a file should be');
}

function leadsOut(): SyncError {
  return new SyncError('source-refused', 'the repository leads out of what is allowed');
}
