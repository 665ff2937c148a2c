import { errorBody, limit, type CommandPayload, type CommandResults, type DomainEvent } from '@memlane/contracts';
import type { Decision } from '../decision.js';
import { isActive, type RepoFacts, type RepoFactsReader } from './state.js';

/** What became of a report; `unknown` when the job is no longer the repository's last one. */
type Report = Decision<CommandResults['fail-sync']>;

/** A worker takes the job; one that workers keep dying of, without getting further, has failed. */
export function decideStartSync(
  facts: RepoFactsReader,
  payload: CommandPayload<'start-sync'>,
): Decision<CommandResults['start-sync']> {
  const found = findJob(facts, payload);
  if (found.kind !== 'found') return found;
  const { repo, about } = found;
  const max = limit('job_attempts');
  if (repo.job.attempts >= max) {
    const message = `no worker got further in ${max} attempts`;
    const data = { ...about, reason: 'gave-up', message };
    return { kind: 'append', events: [{ type: 'repository-sync-failed', data }], result: { state: 'failed' } };
  }
  const data = { ...about, attempt: repo.job.attempts + 1 };
  return {
    kind: 'append',
    events: [{ type: 'repository-sync-started', data }],
    result: { state: 'running', task: taskOf(repo) },
  };
}

/** Says from which commit to which the job leads; what was staged for another plan is dropped. */
export function decidePlanSync(facts: RepoFactsReader, payload: CommandPayload<'plan-sync'>): Report {
  const found = findJob(facts, payload);
  if (found.kind !== 'found') return found;
  const { commit, base_commit, rules, total } = payload;
  const data = { ...found.about, commit, base_commit, rules, total };
  return { kind: 'append', events: [{ type: 'repository-sync-planned', data }], result: { state: 'running' } };
}

/** Records a batch, once: the number says which one it is. */
export function decideRecordFiles(facts: RepoFactsReader, payload: CommandPayload<'record-files'>): Report {
  const found = findJob(facts, payload);
  if (found.kind !== 'found') return found;
  const { repo, about } = found;
  const { batch, files, skipped, removed, done } = payload;
  const { plan } = repo.job;
  if (!plan || batch > plan.batch + 1) return refuse('batch', `batch: is ${batch} after ${plan?.batch ?? 'no plan'}`);
  if (batch <= plan.batch) return { kind: 'quiet', result: { state: 'running' } };
  const events: DomainEvent[] = [];
  if (files.length + skipped.length > 0)
    events.push({
      type: 'files-recorded',
      data: { ...about, batch, commit: plan.commit, store: repo.store, files, skipped, done },
    });
  if (removed.length > 0) events.push({ type: 'files-removed', data: { ...about, batch, paths: removed, done } });
  if (events.length === 0) return refuse('files', 'files: a batch without an entry');
  return { kind: 'append', events, result: { state: 'running' } };
}

/** What was staged becomes the repository, if all of it is there. */
export function decideCompleteSync(facts: RepoFactsReader, payload: CommandPayload<'complete-sync'>): Report {
  const found = findJob(facts, payload);
  if (found.kind !== 'found') return found;
  const { plan } = found.repo.job;
  if (!plan || plan.batch !== payload.batches || plan.done !== plan.total)
    return refuse('batches', 'batches: not all of the plan is recorded');
  const { commit, baseCommit: base_commit, rules, counts } = plan;
  const data = { ...found.about, commit, base_commit, ref: payload.ref, rules, counts };
  return { kind: 'append', events: [{ type: 'repository-synced', data }], result: { state: 'done' } };
}

/** The job cannot be done; readers keep what they have. */
export function decideFailSync(facts: RepoFactsReader, payload: CommandPayload<'fail-sync'>): Report {
  const found = findJob(facts, payload);
  if (found.kind !== 'found') return found;
  const { reason, message } = payload;
  const data = { ...found.about, reason, message };
  return { kind: 'append', events: [{ type: 'repository-sync-failed', data }], result: { state: 'failed' } };
}

/** The job that a report is about, or the answer to a report that comes too late: nothing, quietly. */
function findJob(facts: RepoFactsReader, { repository_id, job_id }: CommandPayload<'start-sync'>): FoundJob {
  const repo = facts.byId(repository_id);
  if (repo?.job.id !== job_id) return { kind: 'quiet', result: { state: 'unknown' } };
  if (!isActive(repo.job)) return { kind: 'quiet', result: { state: repo.job.state } };
  return { kind: 'found', repo, about: { repository_id, job_id } };
}

type FoundJob =
  | Extract<Report, { kind: 'quiet' }>
  | { readonly kind: 'found'; readonly repo: RepoFacts; readonly about: CommandPayload<'start-sync'> };

function refuse(field: string, message: string): Extract<Report, { kind: 'rejected' }> {
  return { kind: 'rejected', error: errorBody('MEMLANE_ERR_INVALID_INPUT', message, { field }) };
}

function taskOf({ name, source, store, indexed, job: { ref, mode, plan } }: RepoFacts) {
  return {
    name,
    source,
    ref,
    mode,
    store,
    indexed,
    plan: plan && {
      commit: plan.commit,
      base_commit: plan.baseCommit,
      rules: plan.rules,
      total: plan.total,
      batch: plan.batch,
      done: plan.done,
    },
  };
}
