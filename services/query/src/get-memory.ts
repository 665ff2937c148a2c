import { memlaneError } from '@memlane/contracts';
import { getMemory as readMemory } from '@memlane/read-model';
import { freshnessOf, type Answerer } from './query-context.js';
import { dbOf } from './open-sources.js';
import { placeIn } from './source.js';

/** Reads one memory, as it is or as it was, from the first source that has it. */
export const getMemory: Answerer<'get-memory'> = (context, { input, standing, sources }) => {
  const now = context.clock().toISOString();
  for (const source of sources) {
    const { owner, within } = source;
    const found = readMemory(dbOf(context, source), { owner, id: input.id, asOf: input.as_of, now, within });
    if (!found) continue;
    return {
      memory: placeIn(input, source, found.memory),
      ...(input.history && { history: [...found.history] }),
      ...freshnessOf(standing, sources),
    };
  }
  throw memlaneError('MEMLANE_ERR_NOT_FOUND', undefined, { field: 'id' });
};
