import { constants } from 'node:fs';
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
  // A pipe would block, and a device may do something when it is opened.
  const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const place = LINUX ? `/proc/${process.pid}/fd/${handle.fd}` : real;
    if (LINUX && !isBelow(await readlink(place), roots)) throw leadsOut();
    const stats = await handle.stat();
    if (!stats.isFile()) throw new SyncError('source-refused', 'the repository has something where a file should be');
    return { handle, place, size: stats.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function leadsOut(): SyncError {
  return new SyncError('source-refused', 'the repository leads out of what is allowed');
}
