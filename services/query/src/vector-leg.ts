import { limit, type LegState } from '@memlane/contracts';
import { embedRemotely } from '@memlane/embeddings';
import type { Db } from '@memlane/projection';
import { countVectorBacklog, filterIds, idsIn, isNarrow, type ReadScope } from '@memlane/read-model';
import type { VectorHit } from '@memlane/search';
import { rankFresh, type FreshMemory, type VectorSearch } from '@memlane/vector-store';
import type { NatsConnection } from '@nats-io/nats-core';
import { embedFreshTail } from './fresh-tail.js';
import type { Standing } from './freshness.js';
import { openOwnWriteWait } from './own-write-wait.js';
import type { ProgressTracker } from './progress-tracker.js';

/** Up to this many memories of a filter are looked up by themselves: a search of all would find too few of them. */
const AMONG_MAX = 2_000;
/** How many more are looked up when some will fall to a filter that is too wide for that. */
const SPARE = 4;

export interface VectorAnswer {
  readonly state: LegState;
  readonly hits: readonly VectorHit[];
}

/** A scope of one owner, and where its read model stands. */
export interface StandingScope {
  readonly scope: ReadScope;
  readonly standing: Standing;
}

export interface VectorLeg {
  /**
   * The nearest memories of each scope, best first, at most `pool` of each; each was checked against the read model. Never
   * throws.
   *
   * @param caller whose turn it is in the embedder
   */
  search(
    caller: string,
    query: string,
    scopes: readonly StandingScope[],
    pool: number,
  ): Promise<readonly VectorAnswer[]>;
  /** How the leg would fare, which model it uses, and how many memories it lacks. */
  health(owner: string, standing: Standing): Promise<{ state: LegState; model: string | null; pending: number }>;
}

export function openVectorLeg(options: {
  readonly nc: NatsConnection;
  readonly vectors: VectorSearch;
  readonly progress: ProgressTracker;
  readonly enabled: boolean;
  readonly db: (partition: number) => Db;
}): VectorLeg {
  const { nc, vectors, progress, db } = options;
  const embed = (owner: string, text: string) =>
    embedRemotely(nc, 'interactive', { owner, kind: 'query', texts: [text] });
  const backlog = (owner: string, partition: number) =>
    countVectorBacklog(db(partition), vectors.appliedSeq(partition, { owner }), owner);

  const ownWriteWait = openOwnWriteWait(() => performance.now());

  /**
   * With a position, waits for the owner's vectors to pass it. Without one a search is held up no longer than it takes to
   * embed the few memories that were just stored, and not at all while that takes too long.
   */
  async function isBehind(owner: string, { partition, wanted }: Standing): Promise<boolean> {
    const missing = backlog(owner, partition);
    if (missing === 0) return false;
    const hasAll = () => backlog(owner, partition) === 0;
    if (wanted > 0) {
      const passed = () => vectors.appliedSeq(partition, { owner }) >= wanted || hasAll();
      return !(await progress.waitUntil(partition, passed, limit('vector_leg_wait_ms')));
    }
    if (missing > limit('fresh_memories') || !ownWriteWait.isWorthIt()) return true;
    const inTime = await progress.waitUntil(partition, hasAll, limit('vector_own_write_wait_ms'));
    ownWriteWait.settle(inTime);
    return !inTime;
  }

  async function find(
    caller: string,
    embedding: ReturnType<typeof embed>,
    { scope, standing }: StandingScope,
    pool: number,
  ): Promise<VectorAnswer> {
    const { owner } = scope;
    const { partition, wanted } = standing;
    const embedded = await embedding;
    if (!embedded.ok) return { state: embedded.state, hits: [] };
    const [vector] = embedded.vectors;
    if (!vector) return { state: 'unavailable', hits: [] };
    const { model } = embedded;
    let behind = await isBehind(owner, standing);
    let fresh: readonly FreshMemory[] = [];
    if (behind && wanted > 0) {
      const afterSeq = vectors.appliedSeq(partition, { owner, model });
      const tail = await embedFreshTail(nc, db(partition), { caller, owner, model, afterSeq, upToSeq: wanted });
      fresh = tail.memories;
      behind = !tail.complete;
    }
    const narrow = isNarrow(scope);
    const among = narrow ? filterIds(db(partition), scope, AMONG_MAX) : undefined;
    if (among?.length === 0) return { state: behind ? 'behind' : 'ok', hits: [] };
    const k = (narrow && !among ? pool * SPARE : pool) + fresh.length;
    const nearest = await vectors.nearest({ owner, partition, vector, model, k, ...(among && { among }) });
    const ranked = rankFresh(nearest.hits, fresh, vector, k);
    const there = idsIn(
      db(partition),
      scope,
      ranked.map(({ memoryId }) => memoryId),
    );
    const hits = ranked.flatMap(({ memoryId, similarity }) =>
      there.has(memoryId) ? [{ id: memoryId, similarity }] : [],
    );
    // Who has stored nothing yet has no vectors to wait for.
    const nothing = nearest.state === 'behind' && countVectorBacklog(db(partition), 0, owner) === 0;
    const state = nothing ? 'ok' : nearest.state === 'ok' && behind ? 'behind' : nearest.state;
    return { state, hits: hits.slice(0, pool) };
  }

  return {
    search(caller, query, scopes, pool) {
      if (!options.enabled) return Promise.resolve(scopes.map(() => ({ state: 'off', hits: [] })));
      const embedding = embed(caller, query);
      // Text search goes on without this leg, and the answer says so.
      const without = (): VectorAnswer => ({ state: 'unavailable', hits: [] });
      return Promise.all(scopes.map((scope) => find(caller, embedding, scope, pool).catch(without)));
    },
    async health(owner, { partition }) {
      if (!options.enabled) return { state: 'off', model: null, pending: 0 };
      const embedded = await embed(owner, 'health');
      if (!embedded.ok && embedded.state === 'off') return { state: 'off', model: null, pending: 0 };
      const pending = backlog(owner, partition);
      if (!embedded.ok) return { state: embedded.state, model: null, pending };
      return { state: pending > 0 ? 'behind' : 'ok', model: embedded.model, pending };
    },
  };
}
