import type { Db } from './open-db.js';

/** Part of the schema of a projection whose owners can be parked. */
export const parkedSchema = `
  CREATE TABLE parked (
    owner TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    reason TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`;

/** An owner whose event could not be applied; the owner's later commits are skipped. */
export interface ParkedOwner {
  readonly owner: string;
  /** Sequence of the commit that could not be applied. */
  readonly seq: number;
  readonly reason: string;
}

/** Parks an owner; belongs into the transaction that moves the checkpoint past the commit. */
export function parkOwner(db: Db, { owner, seq, reason }: ParkedOwner): void {
  db.prepare('INSERT INTO parked (owner, seq, reason) VALUES (?, ?, ?) ON CONFLICT DO NOTHING').run(owner, seq, reason);
}

/** The first 100 parked owners of a partition, by name. */
export function listParked(db: Db): ParkedOwner[] {
  return db.prepare<[], ParkedOwner>('SELECT owner, seq, reason FROM parked ORDER BY owner LIMIT 100').all();
}
