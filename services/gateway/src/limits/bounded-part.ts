import { limit, memlaneError, type LimitName } from '@memlane/contracts';
import { openTurns, type Turns } from '@memlane/limits';

/** A part of the server that has so much in hand at once, served user by user. */
export interface BoundedPart {
  readonly name: LimitName;
  readonly turns: Turns;
}

/** A part that has as much in hand as its limit says; what has to wait for long is refused soon instead. */
export function boundInAll(name: LimitName, places = limit(name)): BoundedPart {
  return {
    name,
    turns: openTurns({
      places,
      placesOf: () => Infinity,
      waiting: places,
      waitingPerOwner: places,
      waitMs: limit('saturated_wait_ms'),
    }),
  };
}

/**
 * A part that has so much of each user in hand. What waits is bounded by the operations that the user has in flight, and
 * waits as long as a write may take.
 *
 * @param shared places that all users share who are at work, see {@link openTurns}
 */
export function boundPerOwner(name: LimitName, placesOf: (owner: string) => number, shared: number): BoundedPart {
  return {
    name,
    turns: openTurns({
      places: Infinity,
      placesOf,
      shared,
      waiting: Infinity,
      waitingPerOwner: Infinity,
      waitMs: limit('outcome_wait_ms'),
    }),
  };
}

/**
 * Waits for a place in each of the parts; the answer gives them back.
 *
 * @throws MemlaneError `MEMLANE_ERR_OVERLOADED`: nothing was begun
 */
export async function enter(parts: readonly BoundedPart[], owner: string): Promise<() => void> {
  const releases: (() => void)[] = [];
  const releaseAll = () => {
    for (const release of releases) release();
  };
  for (const { name, turns } of parts) {
    const turn = await turns.take(owner);
    if (!turn.ok) {
      releaseAll();
      throw memlaneError('MEMLANE_ERR_OVERLOADED', 'the server has too many requests of this kind in hand already', {
        limit: limit(name),
        retry_after_seconds: RETRY_AFTER_SECONDS,
        details: { limit_name: name },
      });
    }
    releases.push(turn.release);
  }
  return releaseAll;
}

const RETRY_AFTER_SECONDS = 1;
