import { prepareOnce, type Db } from '@memlane/projection';
import { prepareFindBlob } from './blob-table.js';
import { chunkIdOf, chunkKeyOf } from './keys.js';

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

/** A chunk whose vectors have to be made, or removed. */
export interface ChunkOutboxRow {
  readonly owner: string;
  /** See `chunkIdOf`. */
  readonly chunkId: string;
  /** The commit that made it visible, or took it away. */
  readonly seq: number;
  readonly gone: boolean;
}

/**
 * The chunks that became visible or went, by sequence.
 *
 * @param after the row that the page begins behind, or a commit: behind all of its rows
 * @param limit rows, at least 1
 */
export function readChunkOutbox(
  db: Db,
  { after, limit }: { readonly after: Pick<ChunkOutboxRow, 'seq'> & Partial<ChunkOutboxRow>; readonly limit: number },
): ChunkOutboxRow[] {
  return prepareOnce<Omit<ChunkOutboxRow, 'gone'> & { gone: number }>(
    db,
    `SELECT w.owner, o.chunk_id AS chunkId, o.seq, o.gone FROM vector_outbox o CROSS JOIN owner w ON w.key = o.owner
     WHERE (o.seq, o.owner, o.chunk_id)
       > (?, coalesce((SELECT key FROM owner WHERE owner = ?), 9223372036854775807), ?)
     ORDER BY o.seq, o.owner, o.chunk_id LIMIT ?`,
  )
    .all(after.seq, after.owner ?? null, after.chunkId ?? '', limit)
    .map((row) => ({ ...row, gone: row.gone === 1 }));
}

/** Whether there ever was a chunk of an owner. */
export function hasChunks(db: Db, owner: string): boolean {
  const sql = 'SELECT 1 FROM vector_outbox WHERE owner = (SELECT key FROM owner WHERE owner = ?) LIMIT 1';
  return prepareOnce(db, sql).get(owner) !== undefined;
}

/** Whether chunks of an owner changed after a commit. */
export function hasChunksAfter(db: Db, afterSeq: number, owner: string): boolean {
  // The plus has the index by sequence used, where there is nothing when the vectors are up to date. By owner, all
  // chunks would be walked to find that out.
  const sql = 'SELECT 1 FROM vector_outbox WHERE +owner = (SELECT key FROM owner WHERE owner = ?) AND seq > ? LIMIT 1';
  return prepareOnce(db, sql).get(owner, afterSeq) !== undefined;
}

/**
 * The texts to embed, in the order given; `undefined` for what has changed since. That is the chunk as it stands, without
 * its path or the names around it: a file that is moved keeps its vectors, and the names are found by other legs.
 */
export function readChunkTexts(
  db: Db,
  wanted: readonly Pick<ChunkOutboxRow, 'owner' | 'chunkId' | 'seq'>[],
): (string | undefined)[] {
  const current = db.prepare<[string, string, number], { owner: number }>(
    `SELECT o.owner FROM vector_outbox o JOIN owner w ON w.key = o.owner
     WHERE w.owner = ? AND o.chunk_id = ? AND o.seq = ? AND o.gone = 0`,
  );
  const textOf = db.prepare<[number], string>('SELECT text FROM chunk WHERE key = ?').pluck();
  const keyOf = openChunkIds(db);
  return db.transaction(() =>
    wanted.map(({ owner, chunkId, seq }) => {
      const row = current.get(owner, chunkId, seq);
      const key = row && keyOf(row.owner, chunkId);
      return key === undefined ? undefined : textOf.get(key);
    }),
  )();
}

/** Finds the keys of chunks by their ids. */
export function openChunkIds(db: Db): (owner: number, chunkId: string) => number | undefined {
  const blob = prepareFindBlob(db);
  return (owner, chunkId) => {
    const [sha256 = '', variant = '', ordinal = ''] = chunkId.split('.');
    const key = blob.get(owner, sha256, variant);
    return key === undefined ? undefined : chunkKeyOf(key, Number(ordinal));
  };
}
