import {
  isTeamEvent,
  type AccountCommandType,
  type TeamCommandResults,
  type TeamCommandType,
} from '@memlane/contracts';
import { evolveTeam } from '@memlane/domain';
import type { EventLog } from '@memlane/event-log';
import { eventsOf, readAccountCommits, type AccountCommit } from './account-commits.js';
import { runOperatorCommand } from './operator-commands.js';

/** Commands that administer: on the account of a user, or on a team. */
export type AdminCommandType = AccountCommandType | TeamCommandType;

/** Teams by id, and who is in them. */
export type Teams = ReadonlyMap<string, ReadonlySet<string>>;

/** Takes a commit on an account into the teams that are known. */
export function hearOfTeam(teams: Map<string, ReadonlySet<string>>, commit: AccountCommit): void {
  for (const event of eventsOf(commit, isTeamEvent))
    teams.set(commit.owner, evolveTeam(teams.get(commit.owner), event));
}

/** Makes a team as an operator. @param team its id @throws MemlaneError when it is refused */
export async function createTeam(log: EventLog, team: string): Promise<TeamCommandResults['create-team']> {
  const { result } = await runOperatorCommand(log, { owner: team, type: 'create-team', payload: {} });
  return result;
}

/** Adds a user to a team, or takes one out. @throws MemlaneError `MEMLANE_ERR_NOT_FOUND` when there is no such team */
export async function changeTeam(
  log: EventLog,
  type: 'add-team-member' | 'remove-team-member',
  { team, member }: { readonly team: string; readonly member: string },
): Promise<TeamCommandResults['add-team-member']> {
  const { result } = await runOperatorCommand(log, { owner: team, type, payload: { member } });
  return result;
}

/** All teams, or one. */
export async function listTeams(log: EventLog, team?: string): Promise<Teams> {
  const teams = new Map<string, ReadonlySet<string>>();
  for await (const commit of readAccountCommits(log, team)) hearOfTeam(teams, commit);
  return teams;
}
