import { openSync, readSync } from 'node:fs';

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

/** Of this thread; opened once, since that costs ten times what reading it does. */
let schedstat: number | undefined;
const read = Buffer.alloc(64);

function threadMs(): number {
  try {
    schedstat ??= openSync('/proc/thread-self/schedstat', 'r');
    // Nanoseconds on a processor, then those of waiting for one (Linux, Documentation/scheduler/sched-stats).
    const [nanoseconds = ''] = read.toString('latin1', 0, readSync(schedstat, read, 0, read.length, 0)).split(' ');
    return Number(nanoseconds) / 1_000_000;
  } catch {
    return performance.now();
  }
}
