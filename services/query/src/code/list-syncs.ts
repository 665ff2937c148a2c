import { listSyncs as readSyncs, type SyncView } from '@memlane/code-index';
import type { JobView } from '@memlane/contracts';
import { freshnessOf } from '../query-context.js';
import { checkRepositories } from './check-filter.js';
import type { CodeAnswerer } from './code-context.js';

/** The jobs of one owner, with what each changed. */
export const listSyncs: CodeAnswerer<'list-syncs'> = ({ models }, { owner, input, standing }) => {
  const { repository, repository_id: repositoryId, job_id: jobId, limit } = input;
  const db = models.db(standing.partition);
  if (repository !== undefined) checkRepositories(db, owner, [repository], () => 'repository');
  const syncs = readSyncs(db, owner, { repository, repositoryId, jobId, limit });
  return { jobs: syncs.map(toJobView), ...freshnessOf(standing) };
};

/** How far a job is that runs, its worker tells and not the index. */
function toJobView(sync: SyncView): JobView {
  const { id, repositoryId: repository_id, repository, state, trigger, attempts, requestedAt: requested_at } = sync;
  const done = (sync.added ?? 0) + (sync.changed ?? 0) + (sync.removed ?? 0);
  const known = {
    reason: sync.reason,
    message: sync.message,
    commit: sync.commit,
    base_commit: sync.baseCommit,
    added: sync.added,
    changed: sync.changed,
    removed: sync.removed,
    skipped: sync.skipped,
    started_at: sync.startedAt,
    ended_at: sync.endedAt,
  };
  return {
    ...{ id, repository_id, repository, state, trigger, attempts, requested_at },
    phase: state === 'queued' || state === 'running' ? 'queued' : 'ended',
    ...{ done, total: done, rate: 0, eta_seconds: null },
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null)),
  };
}
