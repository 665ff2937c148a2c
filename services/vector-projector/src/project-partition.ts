import type { EmbedLane, ProgressNotice } from '@memlane/contracts';
import { cutRequest, type Embedded, type EmbedderUnavailable } from '@memlane/embeddings';
import type { Db } from '@memlane/projection';
import {
  appliedSeqOf,
  commitEmbedded,
  countPending,
  embeddingKeyOf,
  hasEmbedding,
  pickPending,
  readCursor,
  takeIn,
  type EmbeddedMemory,
  type PendingMemory,
  type PickOptions,
  type VectorKind,
  type VectorSet,
} from '@memlane/vector-store';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReadModelState } from './read-model-source.js';
import type { OutboxEntry, SourceLane, VectorSource } from './vector-source.js';

/** Vectors file of one kind and partition. */
export interface VectorsTarget {
  readonly kind: VectorKind;
  readonly db: Db;
  readonly set: VectorSet;
}

/**
 * Takes in everything that the read model has and this file does not. Commits without any row only move the cursor, each
 * move with a sync to disk: that is left for later. What was just stored in another partition waits for a page at most.
 *
 * @param withEmpty whether the cursor is moved also when there is no row
 * @param signal ends it between two pages; what is missing is taken in another time
 * @returns the owners of what is gone; `undefined` when the cursor was not moved
 */
export async function takeInOutbox(
  source: ReadModelState,
  { intake, readOutbox }: Pick<VectorSource, 'intake' | 'readOutbox'>,
  { db, set }: VectorsTarget,
  { withEmpty, signal }: { readonly withEmpty: boolean; readonly signal: AbortSignal },
): Promise<ReadonlySet<string> | undefined> {
  const { generation, seq } = source;
  const limit = intake.rows;
  let owners: Set<string> | undefined;
  /** The last row of a page that was full. */
  let last: OutboxEntry | undefined;
  do {
    const begun = performance.now();
    const cursor = readCursor(db, set);
    // A read model that is behind this file is another one: it was built anew from a restored log.
    const same = last !== undefined || (cursor?.generation === generation && cursor.seq <= seq);
    const known = same ? (cursor?.seq ?? 0) : 0;
    if (same && !last && known === seq) return owners;
    const rows = readOutbox(source.db, { after: last ?? { seq: known }, limit });
    if (same && !last && rows.length === 0 && !withEmpty) return owners;
    last = rows.length < limit ? undefined : rows.at(-1);
    // The last commit of a full page may go on in the next: after a crash, it is taken in again.
    const reached = last ? last.seq - 1 : Math.max(seq, rows.at(-1)?.seq ?? 0);
    takeIn(db, set, rows, cursor, { generation, seq: Math.max(known, reached) });
    owners ??= new Set();
    for (const { owner, gone } of rows) if (gone) owners.add(owner);
    if (last) await intake.rest?.(performance.now() - begun, signal);
    await nextTurn();
  } while (last && !signal.aborted);
  return owners;
}

/** The waiting memories of one owner that are embedded next, in one request. */
export interface Batch {
  readonly owner: string;
  readonly lane: EmbedLane;
  readonly memories: readonly (PendingMemory & { readonly text: string; readonly key: Buffer })[];
}

/** Picks the next batch of a lane; `undefined` when nobody is waiting whose turn it could be. */
export function pickBatch(
  source: ReadModelState,
  { readTexts }: Pick<VectorSource, 'readTexts'>,
  { lane, batch, waitingAtMost }: SourceLane,
  { db, set }: VectorsTarget,
  turn: Pick<PickOptions, 'after' | 'except'>,
): Batch | undefined {
  const picked = pickPending(db, set, { ...turn, most: batch, waitingAtMost });
  const owner = picked[0]?.owner;
  if (owner === undefined) return undefined;
  const found = readTexts(source.db, picked);
  const texts = picked.flatMap((item, i) => {
    const text = found[i];
    return text === undefined ? [] : [{ ...item, text }];
  });
  const [fitting = []] = cutRequest(texts.map(({ text }) => text));
  const memories = texts
    .slice(0, fitting.length)
    .map((memory) => ({ ...memory, key: embeddingKeyOf(owner, memory.text) }));
  return { owner, lane, memories };
}

/**
 * Embeds a batch and stores the vectors.
 *
 * @returns `changed`: all of it has changed meanwhile and comes again with the next intake; `model-changed`: the embedder
 *   has another model than the set; else how it fared
 */
export async function embedBatch(
  { owner, lane, memories }: Batch,
  { db, set }: VectorsTarget,
  embed: Embed,
): Promise<'changed' | 'stored' | 'model-changed' | EmbedderUnavailable> {
  if (memories.length === 0) return 'changed';
  const fresh = [...new Map(memories.map((memory) => [memory.key.toString('hex'), memory])).values()].filter(
    ({ key }) => !hasEmbedding(db, set, key),
  );
  const embedded = await embed({ owner, lane, texts: fresh.map(({ text }) => text) });
  if (!embedded.ok) return embedded.state;
  if (fresh.length > 0 && embedded.model !== set.model) return 'model-changed';
  const made = vectorsByKey(fresh, embedded);
  const done = memories.map(({ text: _, ...memory }): EmbeddedMemory => {
    const vectors = made.get(memory.key.toString('hex'));
    return { ...memory, vectors };
  });
  commitEmbedded(db, set, done);
  return 'stored';
}

/** Has texts of one owner embedded. */
export type Embed = (request: {
  readonly owner: string;
  readonly lane: EmbedLane;
  readonly texts: readonly string[];
}) => Promise<Embedded>;

/** What is told after each batch. */
export function noticeOf(source: ReadModelState, { db, set }: VectorsTarget, partition: number): ProgressNotice {
  const { generation, epoch } = source;
  return { generation, partition, epoch, seq: appliedSeqOf(db, set), pending: countPending(db, set) };
}

function vectorsByKey(
  memories: readonly { readonly key: Buffer }[],
  { vectors, pieces }: { readonly vectors: readonly Float32Array[]; readonly pieces: readonly number[] },
): Map<string, Float32Array[]> {
  let from = 0;
  return new Map(
    memories.map(({ key }, i) => {
      const count = pieces[i] ?? 0;
      const own = vectors.slice(from, from + count);
      from += count;
      return [key.toString('hex'), own];
    }),
  );
}
