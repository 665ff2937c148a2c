import type { ProgressNotice } from '@memlane/contracts';
import type { Embedded } from '@memlane/embeddings';
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
  type VectorKind,
  type VectorSet,
} from '@memlane/vector-store';
import type { ReadModelState } from './read-model-source.js';
import type { VectorSource } from './vector-source.js';

const ROWS_PER_INTAKE = 512;

/** Vectors file of one kind and partition. */
export interface VectorsTarget {
  readonly kind: VectorKind;
  readonly db: Db;
  readonly set: VectorSet;
}

/** Takes in everything that the read model has and this file does not. @returns whether there was anything */
export function takeInOutbox(
  source: ReadModelState,
  { readOutbox }: Pick<VectorSource, 'readOutbox'>,
  { db, set }: VectorsTarget,
): boolean {
  const { generation, seq } = source;
  let changed = false;
  for (;;) {
    const cursor = readCursor(db, set);
    // A read model that is behind this file is another one: it was built anew from a restored log.
    const same = cursor?.generation === generation && cursor.seq <= seq;
    if (same && cursor.seq === seq) return changed;
    const rows = readOutbox(source.db, { afterSeq: same ? cursor.seq : 0, limit: ROWS_PER_INTAKE });
    const complete = rows.length < ROWS_PER_INTAKE;
    const last = rows.at(-1)?.seq ?? 0;
    takeIn(db, set, rows, cursor, { generation, seq: complete ? Math.max(seq, last) : last });
    changed = true;
    if (complete) return changed;
  }
}

/**
 * Embeds the next waiting memories, a few of every owner, and stores their vectors.
 *
 * @returns `idle`: none waits; `model-changed`: the embedder has another model than the set; else how it fared
 */
export async function embedNext(
  source: ReadModelState,
  { batch, readTexts }: Pick<VectorSource, 'batch' | 'readTexts'>,
  { db, set }: VectorsTarget,
  embed: (texts: readonly string[]) => Promise<Embedded>,
): Promise<'idle' | 'stored' | 'model-changed' | Extract<Embedded, { ok: false }>['state']> {
  const picked = pickPending(db, set, batch);
  if (picked.length === 0) return 'idle';
  const texts = readTexts(source.db, picked).map((memory) => ({ ...memory, key: embeddingKeyOf(memory.text) }));
  const fresh = [...new Map(texts.map((memory) => [memory.key.toString('hex'), memory])).values()].filter(
    ({ key }) => !hasEmbedding(db, set, key),
  );
  const embedded = await embed(fresh.map(({ text }) => text));
  if (!embedded.ok) return embedded.state;
  if (fresh.length > 0 && embedded.model !== set.model) return 'model-changed';
  const made = vectorsByKey(fresh, embedded);
  const memories = texts.map(({ text: _, ...memory }): EmbeddedMemory => {
    const vectors = made.get(memory.key.toString('hex'));
    return { ...memory, vectors };
  });
  commitEmbedded(db, set, memories);
  // Nothing could be read: all of it has changed meanwhile and comes again with the next intake.
  return memories.length > 0 ? 'stored' : 'idle';
}

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
