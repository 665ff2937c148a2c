import { chunkIdsIn, chunkKeysIn, hasChunks, hasChunksAfter, isNarrow, type CodeScope } from '@memlane/code-index';
import type { LegState } from '@memlane/contracts';
import { embedRemotely } from '@memlane/embeddings';
import type { Db } from '@memlane/projection';
import type { VectorSearch } from '@memlane/vector-store';
import type { NatsConnection } from '@nats-io/nats-core';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Up to this many chunks of a filter are compared by themselves: a search of all would find too few of them. */
const AMONG_MAX = 2_000;
/** How many more are looked up when some will fall to a filter that is too wide for that. */
const SPARE = 4;

/** The nearest chunks of a scope by meaning. */
export interface CodeVectorLeg {
  /**
   * Resolves when the vectors have been asked for, so that the caller's thread can do other work while they are compared;
   * what it resolves to waits for the answer. Neither ever throws.
   */
  ask(query: string, scope: CodeScope, partition: number, pool: number): Promise<() => Promise<NearestChunks>>;
}

export interface NearestChunks {
  readonly state: LegState;
  /** Keys of chunks, best first; each was checked against the code index. */
  readonly keys: readonly number[];
}

export function openCodeVectorLeg(options: {
  readonly nc: NatsConnection;
  readonly vectors: VectorSearch;
  readonly enabled: boolean;
  readonly db: (partition: number) => Db;
}): CodeVectorLeg {
  const { nc, vectors, db } = options;

  async function find(
    { vector, model }: { readonly vector: Float32Array; readonly model: string },
    scope: CodeScope,
    partition: number,
    pool: number,
  ): Promise<NearestChunks> {
    const { owner, filter } = scope;
    const among = isNarrow(filter) ? chunkIdsIn(db(partition), scope, AMONG_MAX) : undefined;
    const k = isNarrow(filter) && !among ? pool * SPARE : pool;
    const nearest = await vectors.nearest({ owner, partition, vector, model, k, ...(among && { among }) });
    const ids = nearest.hits.map(({ memoryId }) => memoryId);
    const keys: number[] = [];
    // Of what was looked up for a filter, as much as it takes.
    for (let from = 0; from < ids.length && keys.length < pool; from += pool)
      keys.push(...chunkKeysIn(db(partition), scope, ids.slice(from, from + pool)));
    const behind = hasChunksAfter(db(partition), vectors.appliedSeq(partition, { owner }), owner);
    return { state: nearest.state === 'ok' && behind ? 'behind' : nearest.state, keys: keys.slice(0, pool) };
  }

  const without = (state: LegState) => () => Promise.resolve({ state, keys: [] });
  // The other legs go on without this one, and the answer says so.
  const unavailable = without('unavailable');

  return {
    async ask(query, scope, partition, pool) {
      if (!options.enabled) return without('off');
      const { owner } = scope;
      try {
        if (!hasChunks(db(partition), owner)) return without('ok');
        const embedded = await embedRemotely(nc, 'interactive', { owner, kind: 'query', texts: [query] });
        if (!embedded.ok) return without(embedded.state);
        const [vector] = embedded.vectors;
        if (!vector) return unavailable;
        const found = find({ vector, model: embedded.model }, scope, partition, pool).catch(unavailable);
        // The request to Chroma goes out before this thread is busy.
        await nextTurn();
        return () => found;
      } catch {
        return unavailable;
      }
    },
  };
}
