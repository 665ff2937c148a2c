import type { Db } from '@memlane/projection';
import type { VectorSet } from './vectors-file.js';

/** How far the collection of an owner has come; `undefined`: the owner has none. */
export function readAppliedRev(db: Db, set: VectorSet, owner: string): number | undefined {
  return db
    .prepare<[number, string], number>('SELECT applied_rev FROM chroma_state WHERE set_id = ? AND owner = ?')
    .pluck()
    .get(set.id, owner);
}

export function writeAppliedRev(db: Db, set: VectorSet, owner: string, rev: number): void {
  db.prepare(
    `INSERT INTO chroma_state (set_id, owner, applied_rev) VALUES (?, ?, ?)
     ON CONFLICT (set_id, owner) DO UPDATE SET applied_rev = excluded.applied_rev`,
  ).run(set.id, owner, rev);
}

/** Before a collection is dropped: from now on its owner is searched exactly. */
export function markRefill(db: Db, set: VectorSet, owner: string): void {
  db.prepare('UPDATE chroma_state SET applied_rev = 0, refills = refills + 1 WHERE set_id = ? AND owner = ?').run(
    set.id,
    owner,
  );
}

/** Owners whose collection is behind the file, or who have become large enough for one. */
export function findBehind(db: Db, set: VectorSet, from: number): string[] {
  return db
    .prepare<[number, number], string>(
      `SELECT o.owner FROM owner_vectors o LEFT JOIN chroma_state c ON c.set_id = o.set_id AND c.owner = o.owner
       WHERE o.set_id = ? AND o.rev > coalesce(c.applied_rev, 0)
       AND (c.owner IS NOT NULL OR (o.vectors > 0 AND o.vectors >= ?))`,
    )
    .pluck()
    .all(set.id, from);
}

export function summarizeChroma(db: Db, set: VectorSet): { collections: number; refills: number } {
  return (
    db
      .prepare<[number], { collections: number; refills: number }>(
        'SELECT count(*) AS collections, coalesce(sum(refills), 0) AS refills FROM chroma_state WHERE set_id = ?',
      )
      .get(set.id) ?? { collections: 0, refills: 0 }
  );
}
