import { listMemories as listPage } from '@memlane/read-model';
import { decodeCursor, encodeCursor, fingerprintQuery } from './cursor.js';
import { fitAnswer } from './fit-answer.js';
import { comparePlaces, keyAfter } from './newest-first.js';
import { dbOf } from './open-sources.js';
import { freshnessOf, type Answerer } from './query-context.js';
import { placeIn, scopeOf } from './source.js';

/** Pages through memories, newest first, by key: what is stored meanwhile neither shifts nor repeats. */
export const listMemories: Answerer<'list-memories'> = (context, { owner, input, standing, sources }) => {
  const fingerprint = fingerprintQuery(owner, 'list-memories', input);
  const cursor = decodeCursor(fingerprint, input.cursor, 'newest');
  const { tags, tags_match: tagsMatch, type, after, before } = input;
  const filter = { tags, tagsMatch, type, after, before };
  const now = context.clock();
  const pages = sources.map((source, index) => {
    const page = listPage(dbOf(context, source), scopeOf(source, filter, now), input.limit, keyAfter(cursor, index));
    const memories = page.memories.flatMap((memory, n) => {
      const key = page.keys[n];
      return key ? [{ view: placeIn(input, source, memory), place: { ...key, source: index } }] : [];
    });
    return { memories, total: page.total, isLast: page.next === undefined };
  });
  const found = pages.flatMap(({ memories }) => memories).toSorted((a, b) => comparePlaces(a.place, b.place));
  const memories = fitAnswer(found.slice(0, input.limit).map(({ view }) => view));
  const isLast = pages.every((page) => page.isLast) && found.length === memories.length;
  const last = isLast ? undefined : found[memories.length - 1]?.place;
  const offset = (cursor?.offset ?? 0) + memories.length;
  return {
    memories,
    total: pages.reduce((sum, page) => sum + page.total, 0),
    ...freshnessOf(standing, sources),
    ...(last && { next_cursor: encodeCursor(fingerprint, { kind: 'newest', offset, ...last }) }),
  };
};
