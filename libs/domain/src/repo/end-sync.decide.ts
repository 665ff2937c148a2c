import { errorBody, type CommandPayload, type CommandResults } from '@memlane/contracts';
import type { Decision } from '../decision.js';
import { isActive, type RepoFactsReader } from './state.js';

/** Ends a job where it is; readers keep what they had before it. One that has ended already stays as it ended. */
export function decideCancelSync(
  facts: RepoFactsReader,
  { repository_id, job_id }: CommandPayload<'cancel-sync'>,
): Decision<CommandResults['cancel-sync']> {
  const repo = facts.byId(repository_id);
  if (repo?.job.id !== job_id) return { kind: 'rejected', error: errorBody('MEMLANE_ERR_NOT_FOUND') };
  if (!isActive(repo.job)) return { kind: 'quiet', result: { state: repo.job.state } };
  return {
    kind: 'append',
    events: [{ type: 'repository-sync-cancelled', data: { repository_id, job_id } }],
    result: { state: 'cancelled' },
  };
}

/** Removes a repository with everything of it, a running job included. */
export function decideRemoveRepository(
  facts: RepoFactsReader,
  { repository_id }: CommandPayload<'remove-repository'>,
): Decision<CommandResults['remove-repository']> {
  const repo = facts.byId(repository_id);
  if (!repo) return { kind: 'rejected', error: errorBody('MEMLANE_ERR_NOT_FOUND') };
  const { store } = repo;
  return {
    kind: 'append',
    events: [{ type: 'repository-removed', data: { repository_id, store } }],
    result: { repository_id, store },
  };
}
