import { renameSync, rmSync } from 'node:fs';
import { codeOf } from '@memlane/contracts';
import type { Logger } from '@memlane/telemetry';
import { openReaderDb } from './open-db.js';

/** A check reads whole files, so that a reader that asks again and again does not keep the writer from its work. */
export const BETWEEN_CHECKS_MS = 60_000;

/** What a file is called that was set aside; one of each name is kept, to be looked at. */
const SUFFIX = '.damaged';

/** Whether an error of SQLite says that the content of a file is not what was written to it. */
export function isDamaged(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'SQLITE_IOERR_SHORT_READ';
}

/**
 * Gives a damaged file another name, so that a new one takes its place. Only for what follows from the log. Whoever has
 * it open keeps it until they look at its name again.
 */
export function setAside(path: string, log: Logger): void {
  const kept = `${path}${SUFFIX}`;
  for (const part of ['-wal', '-shm']) {
    rmSync(`${kept}${part}`, { force: true });
    // First: a new file never sees what the old one had not taken in yet.
    if (part === '-wal') renameIfThere(`${path}${part}`, `${kept}${part}`);
    else rmSync(`${path}${part}`, { force: true });
  }
  if (renameIfThere(path, kept))
    log.error({ file: path, kept }, 'a damaged file is set aside and built anew from the log');
}

/** Opens a file that follows from the log; when it is damaged, sets it aside and opens a new one. */
export function openOrSetAside<T>(path: string, log: Logger, open: () => T): T {
  const openAnew = (error: unknown): T => {
    if (!isDamaged(error)) throw error;
    setAside(path, log);
    return open();
  };
  try {
    const opened = open();
    return opened instanceof Promise ? (opened.catch(openAnew) as T) : opened;
  } catch (error) {
    return openAnew(error);
  }
}

/** Reads a whole file and says whether it is a sound database; takes a second for some hundred megabytes. */
export function isSound(path: string): boolean {
  try {
    // Another connection: that of the writer has pages in memory that may differ from those on disk.
    const db = openReaderDb(path);
    try {
      return db.pragma('quick_check(1)', { simple: true }) === 'ok';
    } finally {
      db.close();
    }
  } catch (error) {
    if (isDamaged(error)) return false;
    throw error;
  }
}

function renameIfThere(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
