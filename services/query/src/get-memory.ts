import { memlaneError } from '@memlane/contracts';
import { getMemory as readMemory } from '@memlane/read-model';
import { decodeCursor, encodeCursor, fingerprintQuery } from './cursor.js';
import { fitAnswer } from './fit-answer.js';
import { dbOf } from './open-sources.js';
import { freshnessOf, type Answerer } from './query-context.js';
import { placeIn } from './source.js';

/** Reads one memory, as it is or as it was, from the first source that has it, and its history page by page. */
export const getMemory: Answerer<'get-memory'> = (context, { owner: caller, input, standing, sources }) => {
  const now = context.clock().toISOString();
  const fingerprint = fingerprintQuery(caller, 'get-memory', input);
  const cursor = decodeCursor(fingerprint, input.cursor, 'versions');
  for (const source of sources) {
    const { owner, within } = source;
    const found = readMemory(dbOf(context, source), { owner, id: input.id, asOf: input.as_of, now, within });
    if (!found) continue;
    const memory = placeIn(input, source, found.memory);
    const freshness = freshnessOf(standing, sources);
    if (!input.history) return { memory, ...freshness };
    const versions = found.history.filter(({ version }) => !cursor || version < cursor.before);
    const history = fitAnswer(versions, memory);
    const last = history.length < versions.length ? history.at(-1) : undefined;
    return {
      memory,
      history,
      ...freshness,
      ...(last && { next_cursor: encodeCursor(fingerprint, { kind: 'versions', before: last.version }) }),
    };
  }
  throw memlaneError('MEMLANE_ERR_NOT_FOUND', undefined, { field: 'id' });
};
