import { statSync } from 'node:fs';
import { codeOf } from '@memlane/contracts';

/**
 * Which file has this name now; `undefined` for none. An open file keeps its number for itself, so that another number
 * says that it was deleted or replaced.
 */
export function inodeOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.ino;
  } catch (error) {
    // Something else stands where its folder should be.
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** A file was deleted or replaced while it was open: what is written to it is seen by nobody. */
export class FileGoneError extends Error {
  constructor(path: string) {
    super(`${path} is no longer the file that was opened`);
    this.name = 'FileGoneError';
  }
}
