import type { JobProgress } from '@memlane/contracts';
import type { CallProgress } from '../call-progress.js';

const TOTAL = 100;

/** Which part of the whole each phase is, in percent. */
const parts = {
  queued: [0, 0],
  fetching: [0, 20],
  recording: [20, 95],
  completing: [95, 99],
  ended: [TOTAL, TOTAL],
} as const satisfies Record<JobProgress['phase'], readonly [from: number, to: number]>;

/**
 * Counts the phases of a job through as one: each counts something of its own, and a job that is taken up again begins
 * anew.
 *
 * @returns what to tell of each progress; `undefined` where nothing has grown
 */
export function countSteps(): (job: JobProgress) => CallProgress | undefined {
  let told = -1;
  return ({ phase, done, total, rate, eta_seconds: eta }) => {
    const [from, to] = parts[phase];
    const share = total > 0 ? Math.min(1, done / total) : 0;
    const progress = Math.floor(from + (to - from) * share);
    if (progress <= told) return undefined;
    told = progress;
    const counts = total > 0 ? ` ${done} of ${total}` : '';
    const left = rate > 0 && eta !== null ? `, ${rate} a second, ${eta} s left` : '';
    return { progress, total: TOTAL, message: `${phase}${counts}${left}` };
  };
}
