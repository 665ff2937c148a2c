import { limit, memlaneError, type LimitName } from '@memlane/contracts';

/** A bound on how much is in hand at once. */
export interface Budget {
  /**
   * Takes one place; the answer gives it back.
   *
   * @throws MemlaneError `MEMLANE_ERR_OVERLOADED` when there is none left
   */
  take(): () => void;
  readonly used: number;
}

const RETRY_AFTER_SECONDS = 1;

/** A budget of as many places as the limit says. */
export function openBudget(name: LimitName, places = limit(name)): Budget {
  let used = 0;
  return {
    get used() {
      return used;
    },
    take: () => {
      if (used >= places)
        throw memlaneError('MEMLANE_ERR_OVERLOADED', `the server has ${places} requests of this kind in hand already`, {
          limit: places,
          retry_after_seconds: RETRY_AFTER_SECONDS,
          details: { limit_name: name },
        });
      used += 1;
      let taken = true;
      return () => {
        if (taken) used -= 1;
        taken = false;
      };
    },
  };
}
