import { existsSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { codeOf, DATA_FORMAT_VERSION, dataPaths, type DataPaths } from '@memlane/contracts';
import { formatBytes } from '@memlane/setup';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './json-file.js';
import { makePrivate } from './private-files.js';
import { StartRefusedError } from './refusal.js';
import { readRuntime } from './runtime-file.js';

/** Less is a full disk: the log could not even take its own bookkeeping. */
export const LEAST_FREE_BYTES = 100_000_000;

const format = z.object({ version: z.int() });

/** A data folder that nobody else uses until it is closed. */
export interface DataFolder {
  readonly dir: string;
  readonly paths: DataPaths;
  /** Some of the files in it that others may use and that could not be closed to them; normally none. */
  readonly exposed: readonly string[];
  close(): void;
}

/**
 * Takes a data folder for this process and closes it to everybody else. The lock is the kernel's, so it is gone when the process is, however it ended.
 * @param dir absolute path
 * @throws StartRefusedError when the folder is in use, of a newer version, not writable, on a full disk, or when what says
 *   so is damaged
 */
export async function openDataFolder(dir: string, leastFreeBytes = LEAST_FREE_BYTES): Promise<DataFolder> {
  const paths = dataPaths(dir);
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await checkSpace(dir, leastFreeBytes);
    await checkFormat(dir, paths.format);
    const lock = await takeLock(dir, paths);
    // Not again and again: a power loss might leave a part of it.
    if (!existsSync(paths.format)) await writeJsonFile(paths.format, { version: DATA_FORMAT_VERSION });
    return {
      dir,
      paths,
      // The mode that mkdir was given says nothing about a folder that was there before.
      exposed: makePrivate(dir),
      close() {
        lock.close();
      },
    };
  } catch (error) {
    throw explainFileError(error, dir);
  }
}

async function checkSpace(dir: string, leastFreeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  if (free >= leastFreeBytes) return;
  throw new StartRefusedError(
    `The disk of ${dir} is full: ${formatBytes(free)} free, at least ${formatBytes(leastFreeBytes)} are needed. ` +
      'Free some space or choose another folder with --data-dir. Nothing was changed.',
  );
}

async function checkFormat(dir: string, path: string): Promise<void> {
  if (!existsSync(path)) return;
  const found = format.safeParse(await readJsonFile(path));
  if (!found.success)
    throw new StartRefusedError(
      `${path} is damaged: it says which version wrote this folder. Restore it from a backup, or delete it when no newer ` +
        'version of Memlane has used this folder; it is then written anew. Nothing was changed.',
    );
  if (found.data.version <= DATA_FORMAT_VERSION) return;
  throw new StartRefusedError(
    `${dir} was written by a newer Memlane: its format is ${found.data.version}, this version knows up to ` +
      `${DATA_FORMAT_VERSION}. Update Memlane, or choose another folder with --data-dir. Nothing was changed.`,
  );
}

async function takeLock(dir: string, paths: DataPaths): Promise<Database.Database> {
  const db = new Database(paths.lock, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_NOTADB')
      throw new StartRefusedError(
        `${paths.lock} is damaged. It holds nothing: delete it when no Memlane runs on ${dir}.`,
        { cause: error },
      );
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
    const holder = await readRuntime(paths.runtime);
    throw new StartRefusedError(
      `${dir} is in use by another Memlane${holder ? ` (process ${holder.pid}, ${holder.url})` : ''}. ` +
        'Stop that one, or choose another folder with --data-dir.',
      { cause: error },
    );
  }
}

/** Turns an error of the file system into words; others pass unchanged. */
export function explainFileError(error: unknown, dir: string): unknown {
  const code = codeOf(error) ?? '';
  if (code === 'ENOSPC' || code === 'SQLITE_FULL') {
    return new StartRefusedError(`The disk of ${dir} is full. Free some space and start again.`, { cause: error });
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'].includes(code)) {
    return new StartRefusedError(`${dir} cannot be used as the data folder: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return error;
}
