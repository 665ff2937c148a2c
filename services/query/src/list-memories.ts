import { memlaneError } from '@memlane/contracts';
import { listMemories as listPage } from '@memlane/read-model';
import { decodeCursor, encodeCursor, fingerprintQuery } from './cursor.js';
import { freshnessOf, type Answerer } from './query-context.js';

/** Pages through an owner's memories, newest first, by key: what is stored meanwhile neither shifts nor repeats. */
export const listMemories: Answerer<'list-memories'> = (context, { owner, input, standing }) => {
  const fingerprint = fingerprintQuery(owner, 'list-memories', input);
  const cursor = input.cursor === undefined ? undefined : decodeCursor(fingerprint, input.cursor);
  if (cursor && cursor.kind !== 'newest')
    throw memlaneError('MEMLANE_ERR_INVALID_CURSOR', undefined, { field: 'cursor' });
  const { tags, tags_match: tagsMatch, type, after, before } = input;
  const filter = { tags, tagsMatch, type, after, before };
  const scope = { owner, filter, now: context.clock().toISOString() };
  const page = listPage(context.models.db(standing.partition), scope, input.limit, cursor);
  const offset = (cursor?.offset ?? 0) + page.memories.length;
  return {
    memories: [...page.memories],
    total: page.total,
    ...freshnessOf(standing),
    ...(page.next && { next_cursor: encodeCursor(fingerprint, { kind: 'newest', offset, ...page.next }) }),
  };
};
