import { CheckpointMovedError, prepareOnce, type Db } from '@memlane/projection';
import type { PendingMemory } from './pending-memory.js';
import { storeMemoryVectors } from './store-vectors.js';
import type { VectorSet } from './vectors-file.js';

/** How far the outbox of a read model is taken in. */
export interface OutboxCursor {
  readonly generation: number;
  readonly seq: number;
}

export function readCursor(db: Db, set: VectorSet): OutboxCursor | undefined {
  return prepareOnce<OutboxCursor>(db, 'SELECT generation, seq FROM cursor WHERE set_id = ?').get(set.id);
}

/**
 * Takes rows of the outbox in, with the cursor in the same transaction: changed memories wait to be embedded, those
 * that are gone lose their vectors at once. The first batch of another generation begins from its start.
 *
 * @throws CheckpointMovedError when the cursor is not at `previous`: another writer owns the file
 */
export function takeIn(
  db: Db,
  set: VectorSet,
  rows: readonly (PendingMemory & { readonly gone: boolean })[],
  previous: OutboxCursor | undefined,
  next: OutboxCursor,
): void {
  const wait = prepareOnce(
    db,
    `INSERT INTO pending (set_id, owner, memory_id, seq) VALUES (?, ?, ?, ?)
     ON CONFLICT (set_id, owner, memory_id) DO UPDATE SET seq = excluded.seq`,
  );
  const forget = prepareOnce(db, 'DELETE FROM pending WHERE set_id = ? AND owner = ? AND memory_id = ?');
  db.transaction(() => {
    moveCursor(db, set, previous, next);
    if (previous?.generation !== next.generation) prepareOnce(db, 'DELETE FROM pending WHERE set_id = ?').run(set.id);
    for (const { owner, memoryId, seq, gone } of rows) {
      if (gone) {
        forget.run(set.id, owner, memoryId);
        storeMemoryVectors(db, set, { owner, memoryId, key: undefined });
      } else wait.run(set.id, owner, memoryId, seq);
    }
  }).immediate();
}

function moveCursor(db: Db, set: VectorSet, previous: OutboxCursor | undefined, next: OutboxCursor): void {
  const { changes } = previous
    ? prepareOnce(db, 'UPDATE cursor SET generation = ?, seq = ? WHERE set_id = ? AND generation = ? AND seq = ?').run(
        next.generation,
        next.seq,
        set.id,
        previous.generation,
        previous.seq,
      )
    : prepareOnce(db, 'INSERT INTO cursor (generation, seq, set_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING').run(
        next.generation,
        next.seq,
        set.id,
      );
  if (changes === 0) throw new CheckpointMovedError('vectors', previous?.seq ?? 0);
}

/** What to pick of the waiting memories. */
export interface PickOptions {
  /** The owner who was picked last: the one after comes next, so that nobody waits behind another's import. */
  readonly after: string;
  /** Owners who are not to be picked. */
  readonly except: ReadonlySet<string>;
  readonly most: number;
  /** Only owners with no more waiting memories than this. */
  readonly waitingAtMost?: number | undefined;
}

/** The oldest waiting memories of the owner whose turn it is; none when nobody is left. */
export function pickPending(db: Db, set: VectorSet, options: PickOptions): PendingMemory[] {
  const { after, except, most, waitingAtMost = Infinity } = options;
  const waiting = prepareOnce<{ owner: string; count: number }>(
    db,
    'SELECT owner, count(*) AS count FROM pending WHERE set_id = ? GROUP BY owner ORDER BY owner',
  )
    .all(set.id)
    .flatMap(({ owner, count }) => (except.has(owner) || count > waitingAtMost ? [] : [owner]));
  const owner = waiting.find((one) => one > after) ?? waiting[0];
  if (owner === undefined) return [];
  return prepareOnce<PendingMemory>(
    db,
    'SELECT owner, memory_id AS memoryId, seq FROM pending WHERE set_id = ? AND owner = ? ORDER BY seq LIMIT ?',
  ).all(set.id, owner, most);
}

export function countPending(db: Db, set: VectorSet): number {
  return prepareOnce<number>(db, 'SELECT count(*) FROM pending WHERE set_id = ?').pluck().get(set.id) ?? 0;
}

/** Last sequence up to which vectors are complete: of one owner, or of everybody in the partition. */
export function appliedSeqOf(db: Db, set: VectorSet, owner?: string): number {
  const cursor = readCursor(db, set)?.seq ?? 0;
  const oldest =
    owner === undefined
      ? prepareOnce<number | null>(db, 'SELECT min(seq) FROM pending WHERE set_id = ?').pluck().get(set.id)
      : prepareOnce<number | null>(db, 'SELECT min(seq) FROM pending WHERE set_id = ? AND owner = ?')
          .pluck()
          .get(set.id, owner);
  return oldest ? Math.min(cursor, oldest - 1) : cursor;
}
