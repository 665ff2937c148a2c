import { limit, type EventOf } from '@memlane/contracts';
import type { Db } from '@memlane/projection';
import type { FileChanges } from './file-table.js';

/** How a job ended that did not complete. */
export type SyncEnd = { readonly job_id: string } & (
  { readonly state: 'failed'; readonly reason: string; readonly message: string } | { readonly state: 'cancelled' }
);

/** The jobs that the syncs of repositories were: those that run, and as many ended ones as `syncs_kept`. */
export interface SyncTable {
  request(repository: number, data: EventOf<'repository-sync-requested'>['data'], at: string): void;
  start(repository: number, data: EventOf<'repository-sync-started'>['data'], at: string): void;
  complete(repository: number, data: EventOf<'repository-synced'>['data'], changes: FileChanges, at: string): void;
  end(repository: number, end: SyncEnd, at: string): void;
  /** Forgets all jobs of a repository. */
  remove(repository: number): void;
}

export function openSyncTable(db: Db): SyncTable {
  const request = db.prepare(
    `INSERT INTO sync (repository, job_id, cause, state, requested_at) VALUES (?, ?, ?, 'queued', ?)`,
  );
  const forget = db.prepare(
    `DELETE FROM sync WHERE key IN (SELECT key FROM sync WHERE repository = ? ORDER BY key DESC LIMIT -1 OFFSET ?)`,
  );
  const start = db.prepare(
    `UPDATE sync SET state = 'running', attempts = attempts + 1, started_at = coalesce(started_at, @at)
     WHERE repository = @repository AND job_id = @job`,
  );
  const end = db.prepare(
    `UPDATE sync SET state = @state, reason = @reason, message = @message, ended_at = @at
     WHERE repository = @repository AND job_id = @job`,
  );
  const complete = db.prepare(
    `UPDATE sync SET state = 'done', ended_at = @at, commit_id = @commit, base_commit = @base, skipped = @skipped,
       added = @added, changed = @changed, removed = @removed WHERE repository = @repository AND job_id = @job`,
  );
  const remove = db.prepare('DELETE FROM sync WHERE repository = ?');

  return {
    request(repository, { job_id: job, trigger }, at) {
      request.run(repository, job, trigger, at);
      // The new one is none of those that have ended.
      forget.run(repository, limit('syncs_kept') + 1);
    },
    start: (repository, { job_id: job }, at) => void start.run({ repository, job, at }),
    complete(repository, { job_id: job, commit, base_commit: base, counts: { skipped } }, changes, at) {
      complete.run({ repository, job, commit, base, skipped, ...changes, at });
    },
    end(repository, ended, at) {
      const { reason, message } = ended.state === 'failed' ? ended : { reason: null, message: null };
      end.run({ repository, job: ended.job_id, state: ended.state, reason, message, at });
    },
    remove: (repository) => void remove.run(repository),
  };
}
