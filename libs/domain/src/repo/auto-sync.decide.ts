import { errorBody, limit, type CommandPayload, type CommandResults } from '@memlane/contracts';
import type { Decision, DecisionContext } from '../decision.js';
import { isDue } from './due-at.js';
import { requestSync } from './sync-repository.decide.js';
import type { RepoFactsReader } from './state.js';

/** Begins the sync that is due. Asked for too early, too late or more than once, it is nothing. */
export function decideAutoSync(
  facts: RepoFactsReader,
  { repository_id, after }: CommandPayload<'auto-sync'>,
  context: DecisionContext,
): Decision<CommandResults['auto-sync']> {
  const repo = facts.byId(repository_id);
  if (repo?.job.id !== after || !isDue(repo, context.now)) return { kind: 'quiet', result: { repository_id } };
  const { name, source, job, auto } = repo;
  // A force-full sync was for once.
  const wanted = { repository_id, name, source, ref: job.ref, mode: 'incremental' } as const;
  return requestSync(facts, { ...wanted, trigger: auto.wanted ? 'webhook' : 'interval' }, context);
}

/** Says how a repository syncs by itself. */
export function decideSetAutoSync(
  facts: RepoFactsReader,
  { repository_id, every_minutes, hook }: CommandPayload<'set-auto-sync'>,
): Decision<CommandResults['set-auto-sync']> {
  const repo = facts.byId(repository_id);
  if (!repo) return { kind: 'rejected', error: errorBody('MEMLANE_ERR_NOT_FOUND') };
  const { auto } = repo;
  const after = {
    every_minutes: every_minutes === undefined ? auto.everyMinutes : every_minutes,
    hook: hook === undefined ? auto.hook : hook,
  };
  const result = { every_minutes: after.every_minutes, webhook: after.hook !== null };
  if (after.every_minutes === auto.everyMinutes && after.hook === auto.hook) return { kind: 'quiet', result };
  const wasOff = auto.everyMinutes === null && auto.hook === null;
  const max = limit('auto_synced_repositories');
  if (wasOff && facts.autoSynced() >= max) {
    const message = `${max} repositories sync by themselves already`;
    return { kind: 'rejected', error: errorBody('MEMLANE_ERR_TOO_MANY_JOBS', message, { limit: max }) };
  }
  return {
    kind: 'append',
    events: [{ type: 'repository-auto-sync-set', data: { repository_id, ...after } }],
    result,
  };
}

/** Notes that a webhook was called. However often it is, one sync follows. */
export function decideWantSync(
  facts: RepoFactsReader,
  { repository_id, hook }: CommandPayload<'want-sync'>,
): Decision<CommandResults['want-sync']> {
  const repo = facts.byId(repository_id);
  // A webhook that was replaced is as unknown as one that never was.
  if (repo?.auto.hook !== hook) return { kind: 'rejected', error: errorBody('MEMLANE_ERR_NOT_FOUND') };
  const result = { repository_id };
  if (repo.auto.wanted || repo.job.state === 'queued') return { kind: 'quiet', result };
  return { kind: 'append', events: [{ type: 'repository-sync-wanted', data: { repository_id } }], result };
}
