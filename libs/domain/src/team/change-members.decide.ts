import { errorBody, isTeam, limit, type CommandPayload, type CommandResults, type ErrorBody } from '@memlane/contracts';
import type { Decision } from '../decision.js';
import type { TeamFactsReader } from './state.js';

interface TeamFacts {
  readonly owner: string;
  readonly team: TeamFactsReader;
}

/** Adds a user to a team. Whether the user exists is not looked at: users come into being by their first key or token. */
export function decideAddTeamMember(
  { owner, team }: TeamFacts,
  { member }: CommandPayload<'add-team-member'>,
): Decision<CommandResults['add-team-member']> {
  if (!team.exists()) return noSuchTeam();
  if (isTeam(member)) return refuse(errorBody('MEMLANE_ERR_INVALID_INPUT', 'member: is a team', { field: 'member' }));
  if (team.isMember(member)) return { kind: 'quiet', result: { team: owner, member, changed: false } };
  const max = limit('members_per_team');
  if (team.countMembers() >= max) {
    const message = `the team has ${max} members already: remove some`;
    return refuse(errorBody('MEMLANE_ERR_INVALID_INPUT', message, { field: 'member', limit: max }));
  }
  return {
    kind: 'append',
    events: [{ type: 'team-member-added', data: { member } }],
    result: { team: owner, member, changed: true },
  };
}

/** Takes a user out of a team: what was shared with the team is not shared with this user any more. */
export function decideRemoveTeamMember(
  { owner, team }: TeamFacts,
  { member }: CommandPayload<'remove-team-member'>,
): Decision<CommandResults['remove-team-member']> {
  if (!team.exists()) return noSuchTeam();
  if (!team.isMember(member)) return { kind: 'quiet', result: { team: owner, member, changed: false } };
  return {
    kind: 'append',
    events: [{ type: 'team-member-removed', data: { member } }],
    result: { team: owner, member, changed: true },
  };
}

function noSuchTeam(): Decision<never> {
  return refuse(errorBody('MEMLANE_ERR_NOT_FOUND', 'team: there is no such team', { field: 'team' }));
}

function refuse(error: ErrorBody): Decision<never> {
  return { kind: 'rejected', error };
}
