import { errorBody, limit, type CommandPayload, type CommandResults, type EventOf } from '@memlane/contracts';
import type { Decision, DecisionContext } from '../decision.js';
import { isActive, type RepoFactsReader } from './state.js';

/** What a job is to do. */
export type SyncRequest = Omit<EventOf<'repository-sync-requested'>['data'], 'job_id' | 'store'>;

/** Starts a job, or joins the one that is under way for the same ref. */
export function decideSyncRepository(
  facts: RepoFactsReader,
  payload: CommandPayload<'sync-repository'>,
  context: DecisionContext,
): Decision<CommandResults['sync-repository']> {
  const repo = facts.byId(payload.repository_id);
  if (repo && repo.source !== payload.source)
    return {
      kind: 'rejected',
      error: errorBody('MEMLANE_ERR_REPOSITORY_NAME_TAKEN', undefined, { field: 'name' }),
    };
  return requestSync(facts, payload, context);
}

/** Starts an ended job once more, as a new one. Only the last job of a repository can say what is to be done. */
export function decideRetrySync(
  facts: RepoFactsReader,
  { repository_id, job_id }: CommandPayload<'retry-sync'>,
  context: DecisionContext,
): Decision<CommandResults['retry-sync']> {
  const repo = facts.byId(repository_id);
  if (repo?.job.id !== job_id) return { kind: 'rejected', error: errorBody('MEMLANE_ERR_NOT_FOUND') };
  const { name, source, job } = repo;
  return requestSync(facts, { repository_id, name, source, ref: job.ref, mode: job.mode, trigger: 'retry' }, context);
}

/** Starts a job, or joins the one that is under way. */
export function requestSync(
  facts: RepoFactsReader,
  wanted: SyncRequest,
  { newId }: DecisionContext,
): Decision<CommandResults['sync-repository']> {
  const { repository_id } = wanted;
  const repo = facts.byId(repository_id);
  if (repo && isActive(repo.job)) {
    const { job } = repo;
    // A full sync does all that an incremental one does.
    if (job.ref === wanted.ref && (job.mode === wanted.mode || job.mode === 'full'))
      return { kind: 'quiet', result: { repository_id, job_id: job.id, joined: true } };
    return { kind: 'rejected', error: errorBody('MEMLANE_ERR_JOB_RUNNING', undefined, { details: { id: job.id } }) };
  }
  const max = limit('jobs_per_owner');
  if (facts.activeJobs() >= max)
    return { kind: 'rejected', error: errorBody('MEMLANE_ERR_TOO_MANY_JOBS', undefined, { limit: max }) };
  const job_id = `${repository_id}-${newId()}`;
  const data = { ...wanted, job_id, store: repo?.store ?? newId() };
  return {
    kind: 'append',
    events: [{ type: 'repository-sync-requested', data }],
    result: { repository_id, job_id, joined: false },
  };
}
