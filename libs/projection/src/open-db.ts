import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

export type Db = Database.Database;

/** How long a statement waits for another connection's lock, ms; only a checkpoint or a second writer ever holds it. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens a projection's file for its only writer; makes the file and its folder when they are missing.
 *
 * `synchronous=FULL`: a checkpoint that was committed survives a power loss, so an answered position stays reached.
 *
 * @throws SqliteError, see `isDamaged`, when the file is not a sound database
 */
export function openWriterDb(path: string): Db {
  mkdirSync(dirname(path), { recursive: true });
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Opens a projection's file for reading; readers of a WAL never wait for the writer.
 *
 * @throws SqliteError `SQLITE_CANTOPEN` when the file does not exist
 */
export function openReaderDb(path: string): Db {
  // Not `readonly`: such a connection cannot make the shared-memory file when it comes before the writer.
  const db = new Database(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  db.pragma('query_only = ON');
  return db;
}
