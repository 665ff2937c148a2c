import { limit, live, type JobProgress } from '@memlane/contracts';
import { readJobAt, type EventLog, type JobAt } from '@memlane/event-log';
import type { CallProgress } from '../call-progress.js';
import { countSteps } from './count-steps.js';

/** Between two looks into the log: a worker that dies has no last word. */
const LOOK_MS = 3_000;

export interface JobWait {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: CallProgress) => void) | undefined;
}

/** Waits until a job has ended, its caller is gone, or `sync_wait_ms` have passed. @returns the job as it is then */
export async function waitForJob(log: EventLog, owner: string, id: string, wait: JobWait): Promise<JobAt> {
  const deadline = Date.now() + limit('sync_wait_ms');
  let wake: () => void = () => undefined;
  const stepOf = countSteps();
  const subscription = log.nc.subscribe(live.jobProgress(owner), {
    callback: (error, message) => {
      if (error) return;
      const progress = message.json<JobProgress>();
      if (progress.id !== id) return;
      const step = stepOf(progress);
      if (step) wait.onProgress?.(step);
      if (progress.phase === 'ended') wake();
    },
  });
  const onAbort = () => wake();
  wait.signal?.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const at = await readJobAt(log, owner, id);
      if (at.job.phase === 'ended' || Date.now() > deadline || wait.signal?.aborted === true) return at;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    subscription.unsubscribe();
    wait.signal?.removeEventListener('abort', onAbort);
  }
}
