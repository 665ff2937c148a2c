import { prepareOnce, type Db } from '@memlane/projection';
import { openTextIndex } from './text-index.js';

/** A memory whose vectors have to be made, or removed. */
export interface OutboxRow {
  readonly owner: string;
  readonly memoryId: string;
  /** The last commit that changed what is to be embedded. */
  readonly seq: number;
  readonly gone: boolean;
}

/**
 * The memories that changed, by sequence: the state as it is now, so that a burst of changes to one memory is one row.
 *
 * @param after the row that the page begins behind, or a commit: behind all of its rows
 * @param limit rows, at least 1
 */
export function readVectorOutbox(
  db: Db,
  { after, limit }: { readonly after: Pick<OutboxRow, 'seq'> & Partial<OutboxRow>; readonly limit: number },
): OutboxRow[] {
  return prepareOnce<{ owner: string; memoryId: string; seq: number; gone: number }>(
    db,
    `SELECT w.owner, o.memory_id AS memoryId, o.seq, o.text_hash IS NULL AS gone
     FROM vector_outbox o CROSS JOIN owner w ON w.key = o.owner
     WHERE (o.seq, o.owner, o.memory_id)
       > (?, coalesce((SELECT key FROM owner WHERE owner = ?), 9223372036854775807), ?)
     ORDER BY o.seq, o.owner, o.memory_id LIMIT ?`,
  )
    .all(after.seq, after.owner ?? null, after.memoryId ?? '', limit)
    .map((row) => ({ ...row, gone: row.gone === 1 }));
}

/** The texts to embed of memories; `undefined` for one that has changed since, or is gone. */
export function readOutboxTexts(
  db: Db,
  wanted: readonly Pick<OutboxRow, 'owner' | 'memoryId' | 'seq'>[],
): (string | undefined)[] {
  return db.transaction(() => {
    const index = openTextIndex(db);
    const current = prepareOnce<{ key: number }>(
      db,
      `SELECT w.key FROM owner w JOIN vector_outbox o ON o.owner = w.key
       WHERE w.owner = ? AND o.memory_id = ? AND o.seq = ?`,
    );
    return wanted.map(({ owner, memoryId, seq }) => {
      const row = current.get(owner, memoryId, seq);
      return row && index.embeddingTextOf(row.key, memoryId);
    });
  })();
}

/**
 * The memories of one owner that changed last, newest first, without those that are gone.
 *
 * @param page commits after `afterSeq`, up to `upToSeq` and with it; at most `limit` rows
 */
export function readNewestOfOutbox(
  db: Db,
  owner: string,
  page: { readonly afterSeq: number; readonly upToSeq: number; readonly limit: number },
): (Omit<OutboxRow, 'gone'> & { readonly text: string })[] {
  return db.transaction(() => {
    const index = openTextIndex(db);
    return prepareOnce<{ key: number; memoryId: string; seq: number }>(
      db,
      `SELECT owner AS key, memory_id AS memoryId, seq FROM vector_outbox
       WHERE owner = (SELECT key FROM owner WHERE owner = ?) AND seq > ? AND seq <= ? AND text_hash IS NOT NULL
       ORDER BY seq DESC, memory_id LIMIT ?`,
    )
      .all(owner, page.afterSeq, page.upToSeq, page.limit)
      .flatMap(({ key, memoryId, seq }) => {
        const text = index.embeddingTextOf(key, memoryId);
        return text === undefined ? [] : [{ owner, memoryId, seq, text }];
      });
  })();
}

/** How many memories changed after a commit: of one owner, or of the whole partition. */
export function countVectorBacklog(db: Db, afterSeq: number, owner?: string): number {
  const counted =
    owner === undefined
      ? prepareOnce<number>(db, 'SELECT count(*) FROM vector_outbox WHERE seq > ?').pluck().get(afterSeq)
      : prepareOnce<number>(
          db,
          'SELECT count(*) FROM vector_outbox WHERE owner = (SELECT key FROM owner WHERE owner = ?) AND seq > ?',
        )
          .pluck()
          .get(owner, afterSeq);
  return counted ?? 0;
}
