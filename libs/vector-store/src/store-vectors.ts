import { createHash } from 'node:crypto';
import { prepareOnce, type Db } from '@memlane/projection';
import type { PendingMemory } from './pending-memory.js';
import type { VectorSet } from './vectors-file.js';

/**
 * Where the vectors of an owner's text are kept, so that the same text is embedded once. Each owner has keys of its own:
 * how soon a vector is there must not tell whether somebody else has the same text.
 */
export function embeddingKeyOf(owner: string, text: string): Buffer {
  return createHash('sha256').update(`${owner}\n${text}`).digest();
}

export function hasEmbedding(db: Db, set: VectorSet, key: Buffer): boolean {
  return prepareOnce(db, 'SELECT 1 FROM embedding WHERE set_id = ? AND key = ?').get(set.id, key) !== undefined;
}

/** A memory whose text was embedded. */
export interface EmbeddedMemory extends PendingMemory {
  readonly key: Buffer;
  /** `undefined`: they are in the file already under this key. */
  readonly vectors: readonly Float32Array[] | undefined;
}

/** Stores vectors and takes their memories off the waiting list, in one transaction. Doing it twice changes nothing. */
export function commitEmbedded(db: Db, set: VectorSet, memories: readonly EmbeddedMemory[]): void {
  const keep = prepareOnce(
    db,
    'INSERT INTO embedding (set_id, key, pieces, vectors) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  // Only at the sequence that was read: a change that came in meanwhile goes on waiting.
  const done = prepareOnce(db, 'DELETE FROM pending WHERE set_id = ? AND owner = ? AND memory_id = ? AND seq = ?');
  db.transaction(() => {
    for (const { owner, memoryId, seq, key, vectors } of memories) {
      // Another memory of this batch was the last to refer to them: it is embedded in the next round.
      if (!vectors && !hasEmbedding(db, set, key)) continue;
      if (done.run(set.id, owner, memoryId, seq).changes === 0) continue;
      if (vectors) keep.run(set.id, key, vectors.length, joinVectors(vectors, set.dimensions));
      storeMemoryVectors(db, set, { owner, memoryId, key });
    }
  }).immediate();
}

/** Points a memory at the vectors of its text, or at none when it is gone. Belongs into a transaction. */
export function storeMemoryVectors(
  db: Db,
  set: VectorSet,
  { owner, memoryId, key }: { owner: string; memoryId: string; key: Buffer | undefined },
): void {
  const before = prepareOnce<{ key: Buffer | null; pieces: number; most: number }>(
    db,
    'SELECT key, pieces, most_pieces AS most FROM vector WHERE set_id = ? AND owner = ? AND memory_id = ?',
  ).get(set.id, owner, memoryId);
  if (before ? (before.key?.toString('hex') ?? '') === (key?.toString('hex') ?? '') : key === undefined) return;
  const pieces = key ? piecesOf(db, set, key) : 0;
  const rev = nextRev(db, set);
  prepareOnce(
    db,
    `INSERT INTO vector (set_id, owner, memory_id, key, pieces, most_pieces, rev) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (set_id, owner, memory_id) DO UPDATE
     SET key = excluded.key, pieces = excluded.pieces, most_pieces = excluded.most_pieces, rev = excluded.rev`,
  ).run(set.id, owner, memoryId, key ?? null, pieces, Math.max(pieces, before?.most ?? 0), rev);
  const memories = Number(key !== undefined) - Number(before?.key != null);
  prepareOnce(
    db,
    `INSERT INTO owner_vectors (set_id, owner, memories, vectors, rev) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (set_id, owner) DO UPDATE
     SET memories = memories + excluded.memories, vectors = vectors + excluded.vectors, rev = excluded.rev`,
  ).run(set.id, owner, memories, pieces - (before?.pieces ?? 0), rev);
  // What nobody refers to any more goes at once: vectors tell something about a text that its user deleted.
  if (before?.key)
    prepareOnce(
      db,
      `DELETE FROM embedding WHERE set_id = :set AND key = :key
       AND NOT EXISTS (SELECT 1 FROM vector WHERE set_id = :set AND key = :key)`,
    ).run({ set: set.id, key: before.key });
}

function piecesOf(db: Db, set: VectorSet, key: Buffer): number {
  const pieces = prepareOnce<number>(db, 'SELECT pieces FROM embedding WHERE set_id = ? AND key = ?')
    .pluck()
    .get(set.id, key);
  if (pieces === undefined) throw new Error('the vectors of a memory are not in the file');
  return pieces;
}

function nextRev(db: Db, set: VectorSet): number {
  const rev = prepareOnce<number>(db, 'UPDATE vector_set SET rev = rev + 1 WHERE id = ? RETURNING rev')
    .pluck()
    .get(set.id);
  if (rev === undefined) throw new Error('the set of vectors is gone');
  return rev;
}

function joinVectors(vectors: readonly Float32Array[], dimensions: number): Buffer {
  const joined = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, i) => joined.set(vector, i * dimensions));
  return Buffer.from(joined.buffer);
}
