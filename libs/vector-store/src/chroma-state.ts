import { prepareOnce, type Db } from '@memlane/projection';
import type { VectorSet } from './vectors-file.js';

/** How far the collection of an owner has come; `undefined`: the owner has none. */
export function readAppliedRev(db: Db, set: VectorSet, owner: string): number | undefined {
  return prepareOnce<number>(db, 'SELECT applied_rev FROM chroma_state WHERE set_id = ? AND owner = ?')
    .pluck()
    .get(set.id, owner);
}

export function writeAppliedRev(db: Db, set: VectorSet, owner: string, rev: number): void {
  prepareOnce(
    db,
    `INSERT INTO chroma_state (set_id, owner, applied_rev) VALUES (?, ?, ?)
     ON CONFLICT (set_id, owner) DO UPDATE SET applied_rev = excluded.applied_rev`,
  ).run(set.id, owner, rev);
}

/** Before a collection is dropped: from now on its owner is searched exactly. */
export function markRefill(db: Db, set: VectorSet, owner: string): void {
  prepareOnce(db, 'UPDATE chroma_state SET applied_rev = 0, refills = refills + 1 WHERE set_id = ? AND owner = ?').run(
    set.id,
    owner,
  );
}

const behind = `FROM owner_vectors o LEFT JOIN chroma_state c ON c.set_id = o.set_id AND c.owner = o.owner
  WHERE o.set_id = :set AND o.rev > coalesce(c.applied_rev, 0)
  AND (c.owner IS NOT NULL OR (o.vectors > 0 AND o.vectors >= :from))`;

/** Owners whose collection is behind the file, or who have become large enough for one. */
export function findBehind(db: Db, set: VectorSet, from: number): string[] {
  return prepareOnce<string>(db, `SELECT o.owner ${behind}`).pluck().all({ set: set.id, from });
}

/** Whether {@link findBehind} would find this owner. */
export function isBehind(db: Db, set: VectorSet, owner: string, from: number): boolean {
  return prepareOnce(db, `SELECT 1 ${behind} AND o.owner = :owner`).get({ set: set.id, from, owner }) !== undefined;
}

export function summarizeChroma(db: Db, set: VectorSet): { collections: number; refills: number } {
  return (
    prepareOnce<{ collections: number; refills: number }>(
      db,
      'SELECT count(*) AS collections, coalesce(sum(refills), 0) AS refills FROM chroma_state WHERE set_id = ?',
    ).get(set.id) ?? { collections: 0, refills: 0 }
  );
}
