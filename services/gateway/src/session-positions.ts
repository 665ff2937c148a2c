import { limit, parsePosition } from '@memlane/contracts';
import { LRUCache } from 'lru-cache';

/** The last write of each owner that went through this gateway, so that the owner's next read sees it. */
export interface SessionPositions {
  of(owner: string): string | undefined;
  /** Remembers a position unless a later one is known already. */
  advance(owner: string, position: string): void;
}

export function openSessionPositions(max = limit('remembered_positions')): SessionPositions {
  const positions = new LRUCache<string, string>({ max });
  return {
    of: (owner) => positions.get(owner),
    advance: (owner, position) => {
      const known = positions.get(owner);
      if (known === undefined || latestPosition([known, position]) === position) positions.set(owner, position);
    },
  };
}

/** The latest of an owner's positions. Of different epochs the last one given counts: the log was made anew. */
export function latestPosition(positions: readonly string[]): string | undefined {
  let latest: string | undefined;
  for (const candidate of positions) {
    const [a, b] = [latest === undefined ? undefined : parsePosition(latest), parsePosition(candidate)];
    if (b && (!a || a.epoch !== b.epoch || b.seq >= a.seq)) latest = candidate;
  }
  return latest;
}
