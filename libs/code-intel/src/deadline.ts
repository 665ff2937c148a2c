import { readFileSync } from 'node:fs';

/**
 * A bound on the processor time of this thread: what a file comes to must not hang on how busy the machine is. Where the
 * system does not tell that time, the clock counts.
 *
 * @param ms from now on
 * @returns whether it has passed; cheap enough to be asked all the time
 */
export function openDeadline(ms: number): () => boolean {
  const begun = threadMs();
  let askAt = performance.now() + ms;
  let isLate = false;
  return () => {
    if (isLate || performance.now() < askAt) return isLate;
    const left = ms - (threadMs() - begun);
    isLate = left <= 0;
    // The thread cannot have used more than has gone by.
    askAt = performance.now() + left;
    return isLate;
  };
}

function threadMs(): number {
  try {
    // Nanoseconds on a processor, then those of waiting for one (Linux, Documentation/scheduler/sched-stats).
    const [nanoseconds = ''] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
    return Number(nanoseconds) / 1_000_000;
  } catch {
    return performance.now();
  }
}
