import { isRepoEvent, parsePosition } from '@memlane/contracts';
import type { CommitFeed, EventLog } from '@memlane/event-log';

/** A job that was ended by its owner: nothing is left to do. */
export class JobEndedError extends Error {
  constructor() {
    super('the job was cancelled, or its repository removed');
    this.name = 'JobEndedError';
  }
}

const REOPEN_MS = 500;

/**
 * Follows the repository's own events and calls `onEnd` when one of them ends the job: the log is what tells, so that no
 * lost message leaves a cancelled job running.
 *
 * @param position from where on
 * @returns stops watching
 */
export function watchJob(
  log: EventLog,
  job: { readonly owner: string; readonly repository_id: string; readonly job_id: string },
  position: string,
  onEnd: () => void,
): () => Promise<void> {
  const place = parsePosition(position);
  let stopped = false;
  let feed: CommitFeed | undefined;
  let afterSeq = place?.seq ?? 0;
  const isStopped = () => stopped;
  const follow = async () => {
    feed = log.commits(place?.partition ?? 0, { afterSeq, owner: job.owner, aggregate: `repo-${job.repository_id}` });
    for await (const { seq, commit } of feed) {
      afterSeq = seq;
      for (const event of commit.events.filter(isRepoEvent)) {
        const ends =
          event.type === 'repository-removed' ||
          (event.type === 'repository-sync-cancelled' && event.data.job_id === job.job_id);
        if (ends) onEnd();
      }
    }
  };
  const keepFollowing = async () => {
    while (!isStopped()) {
      await follow().catch(() => undefined);
      if (!isStopped()) await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
    }
  };
  void keepFollowing();
  return async () => {
    stopped = true;
    await feed?.stop().catch(() => undefined);
  };
}
