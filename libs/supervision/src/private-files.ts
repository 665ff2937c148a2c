import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDataEntry } from '@memlane/contracts';

/** Permissions of anybody but the owner. */
const OF_OTHERS = 0o077;
/** Of a folder such as `/tmp`, where everybody may make files: it is not ours to close. */
const STICKY = 0o1000;

/**
 * Takes from everybody but its owner what they may do with a data folder and all that Memlane keeps in it. Links are not
 * followed, and what else lies in the folder is left as it is. The folder itself comes last: a run that was interrupted
 * is repeated.
 *
 * @returns paths that others may still use, at most `most`: they belong to somebody else, or their disk has no permissions
 */
export function makePrivate(dir: string, most = 3): string[] {
  if (process.platform === 'win32') return [];
  const exposed: string[] = [];
  const close = (path: string) => {
    if (!closeFile(path) && exposed.length < most) exposed.push(path);
  };
  const closeTree = (path: string) => {
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      for (const name of readdirSync(path)) closeTree(join(path, name));
    }
    close(path);
  };
  for (const name of readdirSync(dir)) if (isDataEntry(name)) closeTree(join(dir, name));
  close(dir);
  return exposed;
}

/** @returns whether nobody else may use it now */
function closeFile(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || found.isSymbolicLink() || (found.mode & OF_OTHERS) === 0) return true;
  if (found.mode & STICKY) return false;
  try {
    chmodSync(path, found.mode & 0o7777 & ~OF_OTHERS);
  } catch {
    return false;
  }
  // Some file systems take the call and change nothing.
  return (lstatSync(path).mode & OF_OTHERS) === 0;
}
