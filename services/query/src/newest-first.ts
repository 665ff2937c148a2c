import type { PageKey } from '@memlane/read-model';

/** A place in the order "newest first" over several sources: by time, then by source, then by place in its log. */
export interface Place extends PageKey {
  readonly source: number;
}

/** Negative when `a` comes before `b`. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.createdAt !== b.createdAt) return a.createdAt > b.createdAt ? -1 : 1;
  return a.source - b.source || b.ord - a.ord;
}

/** Where a source goes on after a place: its key of what comes next at the earliest. */
export function keyAfter(place: Place | undefined, source: number): PageKey | undefined {
  if (!place || place.source === source) return place;
  const { createdAt } = place;
  // Of the same time, a later source comes as a whole, an earlier one is over.
  return { createdAt, ord: source > place.source ? Number.MAX_SAFE_INTEGER : 0 };
}
