import { limit, memlaneError } from '@memlane/contracts';

/** At a time: the threads that slow hashes run on also serve files and names. */
const AT_ONCE = 2;

/**
 * Runs slow checks, few at a time, and one for all who ask about the same thing.
 *
 * @returns runs a check; throws MemlaneError `MEMLANE_ERR_OVERLOADED` when too many wait
 */
export function openSlowChecks() {
  const running = new Map<string, Promise<boolean>>();
  const waiting: (() => void)[] = [];
  let free = AT_ONCE;
  let asked = 0;

  const run = async (work: () => Promise<boolean>): Promise<boolean> => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };

  return async (name: string, work: () => Promise<boolean>): Promise<boolean> => {
    if (asked >= limit('key_checks_waiting'))
      throw memlaneError('MEMLANE_ERR_OVERLOADED', undefined, { retry_after_seconds: 1 });
    asked += 1;
    try {
      let check = running.get(name);
      if (!check) {
        check = run(work).finally(() => running.delete(name));
        running.set(name, check);
      }
      return await check;
    } finally {
      asked -= 1;
    }
  };
}
