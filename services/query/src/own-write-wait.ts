/**
 * How long nobody waits after a wait that was for nothing, ms. One search in so long tries again, so that waits are a
 * small part of all searches, and end soon after vectors come in time again.
 */
const PAUSE_MS = 1_000;

/** Whether searches wait for the vectors of what their users have just stored. */
export interface OwnWriteWait {
  /** Asked before each wait; `settle` tells what came of one that was begun. */
  isWorthIt(): boolean;
  settle(cameInTime: boolean): void;
}

/**
 * Vectors that are late for one user are late for all: they come from one embedder. While they are, searches that waited
 * would hold places of the query service for nothing, and everybody would wait behind them.
 *
 * @param now ms of a clock that is never set
 */
export function openOwnWriteWait(now: () => number): OwnWriteWait {
  let pausedUntil: number | undefined;
  return {
    isWorthIt() {
      if (pausedUntil === undefined) return true;
      if (now() < pausedUntil) return false;
      // This one tries; the others go on without waiting meanwhile.
      pausedUntil = now() + PAUSE_MS;
      return true;
    },
    settle(cameInTime) {
      pausedUntil = cameInTime ? undefined : now() + PAUSE_MS;
    },
  };
}
