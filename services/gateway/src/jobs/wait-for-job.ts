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
  const deadline = performance.now() + limit('sync_wait_ms');
  let calls = 0;
  let onCall: () => void = () => undefined;
  const wake = () => {
    calls += 1;
    onCall();
  };
  const stepOf = countSteps();
  const tell = (progress: JobProgress) => {
    const step = stepOf(progress);
    if (step) wait.onProgress?.(step);
  };
  const subscription = log.nc.subscribe(live.jobProgress(owner), {
    callback: (error, message) => {
      if (error) return;
      const progress = message.json<JobProgress>();
      if (progress.id !== id) return;
      tell(progress);
      if (progress.phase === 'ended') wake();
    },
  });
  wait.signal?.addEventListener('abort', wake);
  try {
    for (;;) {
      const heard = calls;
      const at = await readJobAt(log, owner, id);
      // A worker's last word may come later than the log has it.
      if (at.job.phase === 'ended') tell(at.job);
      if (at.job.phase === 'ended' || performance.now() > deadline || wait.signal?.aborted === true) return at;
      // Not where the call came while the log was read: it is read again.
      if (calls !== heard) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        onCall = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    subscription.unsubscribe();
    wait.signal?.removeEventListener('abort', wake);
  }
}
