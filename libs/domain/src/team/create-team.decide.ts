import { errorBody, isTeam, type CommandResults } from '@memlane/contracts';
import type { AccountFactsReader } from '../account/state.js';
import type { Decision } from '../decision.js';
import type { TeamFactsReader } from './state.js';

/** Makes a team; one that is there stays as it is. */
export function decideCreateTeam({
  owner,
  account,
  team,
}: {
  readonly owner: string;
  readonly account: AccountFactsReader;
  readonly team: TeamFactsReader;
}): Decision<CommandResults['create-team']> {
  // An account that is older than teams may have an id like one: what is shared with it is shared with that user.
  if (!isTeam(owner) || account.exists())
    return {
      kind: 'rejected',
      error: errorBody('MEMLANE_ERR_INVALID_INPUT', 'team: is the id of a user', { field: 'team' }),
    };
  if (team.exists()) return { kind: 'quiet', result: { team: owner, created: false } };
  return {
    kind: 'append',
    events: [{ type: 'team-created', data: {} }],
    result: { team: owner, created: true },
  };
}
