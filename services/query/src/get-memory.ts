import { memlaneError } from '@memlane/contracts';
import { getMemory as readMemory } from '@memlane/read-model';
import { freshnessOf, type Answerer } from './query-context.js';

/** Reads one memory, as it is or as it was. */
export const getMemory: Answerer<'get-memory'> = (context, { owner, input, standing }) => {
  const db = context.models.db(standing.partition);
  const now = context.clock().toISOString();
  const found = readMemory(db, { owner, id: input.id, asOf: input.as_of, now });
  if (!found) throw memlaneError('MEMLANE_ERR_NOT_FOUND', undefined, { field: 'id' });
  return {
    memory: found.memory,
    ...(input.history && { history: [...found.history] }),
    ...freshnessOf(standing),
  };
};
