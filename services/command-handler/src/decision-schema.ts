import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

const SCHEMA_VERSION = 5;

/** Removes a state that does not belong to the log. It is built anew from it. */
export function removeDecisionState(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

/** Opens the file of a decision state; one of another version is begun anew. */
export function openDecisionDb(path: string): Database.Database {
  mkdirSync(dirname(path), { recursive: true });
  const known = versionOf(path);
  if (known !== 0 && known !== SCHEMA_VERSION) removeDecisionState(path);
  const db = new Database(path);
  try {
    prepareTables(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function versionOf(path: string): unknown {
  const db = new Database(path);
  try {
    return db.pragma('user_version', { simple: true });
  } finally {
    db.close();
  }
}

function prepareTables(db: Database.Database): void {
  db.pragma('journal_mode = WAL');
  // The log is the truth: losing the last transactions of this file costs a moment of catching up, so no sync for each.
  db.pragma('synchronous = NORMAL');
  db.exec(`
    CREATE TABLE IF NOT EXISTS checkpoint (
      one INTEGER PRIMARY KEY CHECK (one = 1), stream_created TEXT NOT NULL, seq INTEGER NOT NULL, msg_id TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS subject (
      owner TEXT NOT NULL, aggregate TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (owner, aggregate)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS outcome (
      owner TEXT NOT NULL, command_id TEXT NOT NULL, fingerprint TEXT NOT NULL, status TEXT NOT NULL,
      body TEXT NOT NULL, seq INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (owner, command_id)
    );
    DROP INDEX IF EXISTS outcome_at;
    CREATE TABLE IF NOT EXISTS outcomes_read (
      one INTEGER PRIMARY KEY CHECK (one = 1), stream_created TEXT NOT NULL, seq INTEGER NOT NULL
    );
  `);
  db.pragma(`user_version = ${SCHEMA_VERSION}`);
}
