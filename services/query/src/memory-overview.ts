import { overview } from '@memlane/read-model';
import { freshnessOf, type Answerer } from './query-context.js';

/** Counts, usage and health of one owner's memory. */
export const memoryOverview: Answerer<'memory-overview'> = async (context, { owner, standing }) => {
  const vectors = await context.vectors.health(owner, standing);
  const counts = overview(context.models.db(standing.partition), owner, context.clock().toISOString());
  return {
    memories: counts.memories,
    expired: counts.expired,
    types: [...counts.types],
    tags: [...counts.tags],
    usage: {
      stored_bytes: { used: counts.bytes },
      memories: { used: counts.memories + counts.expired },
    },
    health: {
      text_search: 'ok',
      vector_search: vectors.state,
      vectors_pending: vectors.pending,
      model: vectors.model,
    },
    ...freshnessOf(standing),
  };
};
