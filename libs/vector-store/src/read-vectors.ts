import { prepareOnce, type Db } from '@memlane/projection';
import type { VectorSet } from './vectors-file.js';

/** The vectors of one memory, as they are in the file. */
export interface MemoryVectors {
  readonly memoryId: string;
  readonly rev: number;
  /** Number of vectors; 0: the memory is gone. */
  readonly pieces: number;
  /** The most it ever had. */
  readonly mostPieces: number;
  /** All of them one after the other. */
  readonly vectors: Float32Array;
}

export interface OwnerVectors {
  readonly memories: number;
  readonly vectors: number;
  readonly rev: number;
}

interface Row {
  memoryId: string;
  rev: number;
  pieces: number;
  mostPieces: number;
  vectors: Buffer | null;
}

const columns = 'v.memory_id AS memoryId, v.rev, v.pieces, v.most_pieces AS mostPieces, e.vectors';
const joined = 'vector v LEFT JOIN embedding e ON e.set_id = v.set_id AND e.key = v.key';

export function readOwner(db: Db, set: VectorSet, owner: string): OwnerVectors {
  return (
    prepareOnce<OwnerVectors>(
      db,
      'SELECT memories, vectors, rev FROM owner_vectors WHERE set_id = ? AND owner = ?',
    ).get(set.id, owner) ?? { memories: 0, vectors: 0, rev: 0 }
  );
}

/** Changes of an owner after a revision, oldest first. */
export function readChanges(db: Db, set: VectorSet, owner: string, afterRev: number, most: number): MemoryVectors[] {
  return prepareOnce<Row>(
    db,
    `SELECT ${columns} FROM ${joined} WHERE v.set_id = ? AND v.owner = ? AND v.rev > ? ORDER BY v.rev LIMIT ?`,
  )
    .all(set.id, owner, afterRev, most)
    .map(toVectors);
}

/** The vectors of some memories; those without any are left out. */
export function readSome(db: Db, set: VectorSet, owner: string, memoryIds: readonly string[]): MemoryVectors[] {
  const one = prepareOnce<Row>(
    db,
    `SELECT ${columns} FROM ${joined} WHERE v.set_id = ? AND v.owner = ? AND v.memory_id = ?`,
  );
  return memoryIds.flatMap((memoryId) => {
    const row = one.get(set.id, owner, memoryId);
    return row ? [toVectors(row)] : [];
  });
}

function toVectors({ vectors, ...row }: Row): MemoryVectors {
  // Copied: the bytes of a blob need not be aligned, and a view would keep the whole page of the driver.
  const bytes = vectors ? Uint8Array.from(vectors).buffer : new ArrayBuffer(0);
  return { ...row, vectors: new Float32Array(bytes) };
}
