/** So long after somebody was served, code waits: who works at that pace is at work all the time. */
const QUIET_MS = 250;
/**
 * Rest after a run, as a multiple of it: while people are at work code has at most a twenty-fifth of the time, and what
 * meets fewer than one in twenty of their calls does not move the 95th percentile.
 */
const REST_PER_RUN = 24;
const LONGEST_REST_MS = 5_000;

/** When code may have a run of the model beside people who work with their memories. */
export interface GiveWay {
  /** Something that somebody waits for has come, or is done. */
  served(): void;
  /** A run of code has ended. @param ms how long it took */
  ran(ms: number): void;
  /** Milliseconds until code may have a run; 0 when it may now. */
  waitMs(): number;
}

/** @param now a clock in milliseconds that never goes back */
export function openGiveWay(now: () => number): GiveWay {
  let quietFrom = Number.NEGATIVE_INFINITY;
  let restedFrom = Number.NEGATIVE_INFINITY;
  return {
    served: () => void (quietFrom = now() + QUIET_MS),
    ran: (ms) => void (restedFrom = now() + Math.min(ms * REST_PER_RUN, LONGEST_REST_MS)),
    // Rested is enough where it is never quiet, and quiet where there was no time to rest.
    waitMs: () => Math.max(0, Math.min(quietFrom, restedFrom) - now()),
  };
}
