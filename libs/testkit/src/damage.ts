import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';

/** Overwrites a whole file with what nobody wrote, as a broken disk may. A SQLite file loses what waits beside it. */
export function damageFile(path: string): void {
  for (const part of ['-wal', '-shm']) rmSync(path + part, { force: true });
  overwrite(path, 0, Math.max(4_096, statSync(path).size));
}

/** Overwrites the first page of one table or index of a SQLite file: it can be opened, and fails when that is used. */
export function damageTable(path: string, name: string): void {
  const db = new Database(path, { fileMustExist: true });
  db.pragma('wal_checkpoint(TRUNCATE)');
  const page = db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').pluck().get(name) as number;
  const size = db.pragma('page_size', { simple: true }) as number;
  db.close();
  overwrite(path, (page - 1) * size, size);
}

function overwrite(path: string, from: number, bytes: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, randomFillSync(Buffer.alloc(bytes)), 0, bytes, from);
  closeSync(file);
}
