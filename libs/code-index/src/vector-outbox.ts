import type { Db } from '@memlane/projection';
import { chunkIdOf } from './keys.js';

/** Tells the vector projector which chunks need vectors, and which no longer do. */
export interface VectorOutbox {
  /** A content became visible. */
  noteVisible(owner: number, blob: number, seq: number): void;
  /** A content is visible no longer; before its rows go. */
  noteGone(owner: number, blob: number, seq: number): void;
}

export function openVectorOutbox(db: Db): VectorOutbox {
  const blobOf = db.prepare<[number], { sha256: string; variant: string; chunks: number }>(
    'SELECT sha256, variant, chunks FROM blob WHERE key = ?',
  );
  const want = db.prepare(
    `INSERT INTO vector_outbox (owner, chunk_id, seq, gone) VALUES (?, ?, ?, 0)
     ON CONFLICT DO UPDATE SET seq = excluded.seq, gone = 0 WHERE gone = 1`,
  );
  // What was never visible never asked for vectors.
  const drop = db.prepare(
    'UPDATE vector_outbox SET seq = @seq, gone = 1 WHERE owner = @owner AND chunk_id = @id AND gone = 0',
  );
  const idsOf = (blob: number) => {
    const row = blobOf.get(blob);
    return Array.from({ length: row?.chunks ?? 0 }, (_, n) => chunkIdOf(row?.sha256 ?? '', row?.variant ?? '', n));
  };
  return {
    noteVisible(owner, blob, seq) {
      for (const id of idsOf(blob)) want.run(owner, id, seq);
    },
    noteGone(owner, blob, seq) {
      for (const id of idsOf(blob)) drop.run({ owner, id, seq });
    },
  };
}
