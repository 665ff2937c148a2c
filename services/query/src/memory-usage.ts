import { storedBytes } from '@memlane/read-model';
import { freshnessOf, type Answerer } from './query-context.js';

/** How much an owner has stored: what the gateway holds a store against. */
export const memoryUsage: Answerer<'memory-usage'> = (context, { owner, standing }) => ({
  stored_bytes: storedBytes(context.models.db(standing.partition), owner),
  ...freshnessOf(standing),
});
