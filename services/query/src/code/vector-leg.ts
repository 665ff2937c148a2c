import { chunkIdsIn, chunkKeysIn, hasChunks, hasChunksAfter, isNarrow, type CodeScope } from '@memlane/code-index';
import type { LegState } from '@memlane/contracts';
import { embedRemotely } from '@memlane/embeddings';
import type { Db } from '@memlane/projection';
import type { VectorSearch } from '@memlane/vector-store';
import type { NatsConnection } from '@nats-io/nats-core';

/** Up to this many chunks of a filter are compared by themselves: a search of all would find too few of them. */
const AMONG_MAX = 2_000;
/** How many more are looked up when some will fall to a filter that is too wide for that. */
const SPARE = 4;

/** The nearest chunks of a scope by meaning. */
export interface CodeVectorLeg {
  /** Keys of chunks, best first; each was checked against the code index. Never throws. */
  search(
    query: string,
    scope: CodeScope,
    partition: number,
    pool: number,
  ): Promise<{ readonly state: LegState; readonly keys: readonly number[] }>;
}

export function openCodeVectorLeg(options: {
  readonly nc: NatsConnection;
  readonly vectors: VectorSearch;
  readonly enabled: boolean;
  readonly db: (partition: number) => Db;
}): CodeVectorLeg {
  const { nc, vectors, db } = options;

  async function find(query: string, scope: CodeScope, partition: number, pool: number) {
    const { owner, filter } = scope;
    if (!hasChunks(db(partition), owner)) return { state: 'ok' as const, keys: [] };
    const embedded = await embedRemotely(nc, 'interactive', { owner, kind: 'query', texts: [query] });
    if (!embedded.ok) return { state: embedded.state, keys: [] };
    const [vector] = embedded.vectors;
    if (!vector) return { state: 'unavailable' as const, keys: [] };
    const among = isNarrow(filter) ? chunkIdsIn(db(partition), scope, AMONG_MAX) : undefined;
    const k = isNarrow(filter) && !among ? pool * SPARE : pool;
    const { model } = embedded;
    const nearest = await vectors.nearest({ owner, partition, vector, model, k, ...(among && { among }) });
    const keys = chunkKeysIn(
      db(partition),
      scope,
      nearest.hits.map(({ memoryId }) => memoryId),
    );
    const behind = hasChunksAfter(db(partition), vectors.appliedSeq(partition, { owner }), owner);
    return { state: nearest.state === 'ok' && behind ? ('behind' as const) : nearest.state, keys: keys.slice(0, pool) };
  }

  return {
    async search(query, scope, partition, pool) {
      if (!options.enabled) return { state: 'off', keys: [] };
      try {
        return await find(query, scope, partition, pool);
      } catch {
        // The other legs go on without this one, and the answer says so.
        return { state: 'unavailable', keys: [] };
      }
    },
  };
}
