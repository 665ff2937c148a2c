import type { EventOf, RepoEvent } from '@memlane/contracts';
import type { JobFacts, PlanFacts, RepoFacts } from './state.js';

/** The facts of a repository after one of its events; `undefined` when it is gone. @param at when it was decided */
export function evolveRepo(facts: RepoFacts | undefined, event: RepoEvent, at: string): RepoFacts | undefined {
  if (event.type === 'repository-removed') return undefined;
  if (event.type === 'repository-sync-requested') return requested(facts, event.data, at);
  if (event.type === 'repository-auto-sync-set') {
    const { every_minutes: everyMinutes, hook } = event.data;
    return facts && { ...facts, auto: { ...facts.auto, everyMinutes, hook } };
  }
  // A job that waits will find what is new.
  if (event.type === 'repository-sync-wanted')
    return facts && { ...facts, auto: { ...facts.auto, wanted: facts.job.state !== 'queued' } };
  // What is said about an earlier job changes nothing.
  if (facts?.job.id !== event.data.job_id) return facts;
  switch (event.type) {
    case 'repository-sync-started':
      return withJob(facts, { state: 'running', attempts: event.data.attempt });
    case 'repository-sync-planned':
      return withJob(facts, { plan: newPlan(event.data) });
    case 'files-recorded':
    case 'files-removed':
      return facts.job.plan ? withJob(facts, { attempts: 0, plan: advance(facts.job.plan, event) }) : facts;
    case 'repository-synced': {
      const { commit, rules } = event.data;
      return { ...withJob(facts, { state: 'done' }), indexed: { commit, rules } };
    }
    case 'repository-sync-failed':
      return withJob(facts, { state: 'failed' });
    case 'repository-sync-cancelled':
      return withJob(facts, { state: 'cancelled' });
  }
}

function requested(
  facts: RepoFacts | undefined,
  { repository_id: id, job_id, name, source, store, ref, mode }: EventOf<'repository-sync-requested'>['data'],
  requestedAt: string,
): RepoFacts {
  const before = facts?.job;
  const failuresBefore = before?.state === 'failed' ? before.failuresBefore + 1 : 0;
  const job: JobFacts = {
    id: job_id,
    requestedAt,
    state: 'queued',
    ref,
    mode,
    attempts: 0,
    plan: null,
    failuresBefore,
  };
  const { everyMinutes = null, hook = null } = facts?.auto ?? {};
  return { id, name, source, store, indexed: facts?.indexed ?? null, job, auto: { everyMinutes, hook, wanted: false } };
}

function withJob(facts: RepoFacts, changes: Partial<JobFacts>): RepoFacts {
  return { ...facts, job: { ...facts.job, ...changes } };
}

function newPlan({ commit, base_commit, rules, total }: EventOf<'repository-sync-planned'>['data']): PlanFacts {
  const counts = { files: 0, bytes: 0, skipped: 0, removed: 0, redacted: 0 };
  return { commit, baseCommit: base_commit, rules, total, batch: 0, done: 0, counts };
}

function advance(plan: PlanFacts, event: EventOf<'files-recorded'> | EventOf<'files-removed'>): PlanFacts {
  const { counts } = plan;
  const { batch, done } = event.data;
  if (event.type === 'files-removed')
    return { ...plan, batch, done, counts: { ...counts, removed: counts.removed + event.data.paths.length } };
  const { files, skipped } = event.data;
  return {
    ...plan,
    batch,
    done,
    counts: {
      files: counts.files + files.length,
      bytes: counts.bytes + files.reduce((sum, { size }) => sum + size, 0),
      skipped: counts.skipped + skipped.length,
      removed: counts.removed,
      redacted: counts.redacted + files.reduce((sum, { redacted = 0 }) => sum + redacted, 0),
    },
  };
}
