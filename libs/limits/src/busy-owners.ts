/** Counts the users who have been at work within the last moments. */
export interface BusyOwners {
  note(owner: string): void;
  /** Users noted within the last one to two windows, at least 1. */
  count(): number;
}

const WINDOW_MS = 1_000;

/**
 * @param now a clock that is never set back, ms
 * @param most users that are told apart; beyond them the count stays what it is
 */
export function countBusyOwners(now: () => number, most: number): BusyOwners {
  let current = new Set<string>();
  let before = new Set<string>();
  /** Users of `current` who are not in `before`. */
  let added = 0;
  let began = now();

  function turnOver(): void {
    const passed = now() - began;
    if (passed < WINDOW_MS) return;
    before = passed < 2 * WINDOW_MS ? current : new Set();
    current = new Set();
    added = 0;
    began = now();
  }

  return {
    note(owner) {
      turnOver();
      if (current.has(owner) || current.size >= most) return;
      current.add(owner);
      if (!before.has(owner)) added += 1;
    },
    count() {
      turnOver();
      return Math.max(1, before.size + added);
    },
  };
}
