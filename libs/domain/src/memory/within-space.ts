import { errorBody, limit, type ErrorBody } from '@memlane/contracts';
import type { EnteredSpace } from '../sharing/enter-space.js';
import { normaliseTags } from './fingerprints.js';
import type { MemoryFactsReader } from './state.js';

/** The facts of the memories with a tag; what the owner has beside them is not there. */
export function withinTag(facts: MemoryFactsReader, tag: string): MemoryFactsReader {
  return {
    byId: (id) => {
      const memory = facts.byId(id);
      return memory?.tags.includes(tag) ? memory : undefined;
    },
    byContentHash: (hash, now) => facts.byContentHash(hash, now, tag),
    matching: (filter, now, max) => facts.matching({ ...filter, within: tag }, now, max),
  };
}

/** The tags that a memory gets: those that are given, and the one of the space, which no writer can take away. */
export function tagsIn(space: EnteredSpace | undefined, tags: readonly string[]): string[] {
  return normaliseTags(space ? [...tags, space.tag] : tags);
}

/** @param had tags of the memory before: a writer may leave them */
export function refuseTags(
  space: EnteredSpace | undefined,
  tags: readonly string[] = [],
  had: readonly string[] = [],
): ErrorBody | undefined {
  if (!space) return undefined;
  const at = tags.findIndex((tag) => tag !== space.tag && !had.includes(tag) && !space.mayGive(tag));
  if (at >= 0) {
    const message = `tags[${at}]: in a space of somebody else, only tags of spaces that you may write in, or below its own`;
    return errorBody('MEMLANE_ERR_INVALID_INPUT', message, { field: `tags[${at}]` });
  }
  const max = limit('tags_count');
  if (tagsIn(space, tags).length <= max) return undefined;
  const message = `tags: with the tag of the space they are more than ${max}`;
  return errorBody('MEMLANE_ERR_INVALID_INPUT', message, { field: 'tags', limit: max });
}
