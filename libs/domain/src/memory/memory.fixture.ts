import type { MemoryEvent } from '@memlane/contracts';
import { concernedIds, evolve } from './evolve.js';
import { hashContent } from './fingerprints.js';
import { isExpired, type MemoryFacts, type MemoryFactsReader, type MemoryFilter } from './state.js';

/** When {@link stored} memories were stored. */
export const EARLIER = '2026-01-01T00:00:00.000Z';

export type Dated = readonly [at: string, event: MemoryEvent];

/** The facts after a history, by `evolve` alone. */
export function factsAfter(history: readonly Dated[]): MemoryFactsReader {
  const all = new Map<string, MemoryFacts>();
  for (const [at, event] of history)
    for (const id of concernedIds(event)) {
      const next = evolve(all.get(id), event, at);
      if (next) all.set(id, next);
      else all.delete(id);
    }
  const live = (now: string) => [...all.values()].filter((memory) => !isExpired(memory, now));
  return {
    byId: (id) => all.get(id),
    byContentHash: (hash, now, within) =>
      live(now).find(
        ({ contentHash, tags }) => contentHash === hash && (within === undefined || tags.includes(within)),
      ),
    matching: (filter, now, max) =>
      live(now)
        .filter((memory) => matches(memory, filter))
        .map(({ id }) => id)
        .slice(0, max),
  };
}

function matches(memory: MemoryFacts, { ids, tags, tagsMatch, after, before, within }: MemoryFilter): boolean {
  const has = (tag: string) => memory.tags.includes(tag);
  if (within !== undefined && !has(within)) return false;
  if (ids && !ids.includes(memory.id)) return false;
  if (tags && !(tagsMatch === 'all' ? tags.every(has) : tags.some(has))) return false;
  if (after !== undefined && memory.createdAt < after) return false;
  return before === undefined || memory.createdAt < before;
}

export function stored(id: string, content: string, more: Partial<{ tags: string[]; expires_at: string }> = {}): Dated {
  const data = { id, content, content_hash: hashContent(content), type: null, metadata: {}, conversation_id: null };
  return [
    EARLIER,
    { type: 'memory-stored', data: { ...data, tags: more.tags ?? [], expires_at: more.expires_at ?? null } },
  ];
}
