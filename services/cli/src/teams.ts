import { changeTeam, createTeam, listTeams } from '@memlane/auth';
import { withLog } from './nats-access.js';
import type { Request } from './options.js';

type TeamsRequest = Extract<Request, { command: `teams-${string}` }>;

/** Makes and lists teams, and says who is in them. */
export function runTeams(request: TeamsRequest, write: (line: string) => void): Promise<void> {
  return withLog(request.env, async (log) => {
    const tell = (value: object, line: string) => {
      write(request.json ? JSON.stringify(value) : line);
    };
    switch (request.command) {
      case 'teams-create': {
        const made = await createTeam(log, request.team);
        tell(made, made.team);
        return;
      }
      case 'teams-add': {
        const { team, member, changed } = await changeTeam(log, 'add-team-member', request);
        tell({ team, member, changed }, `${member} is ${changed ? 'now ' : ''}in ${team}`);
        return;
      }
      case 'teams-remove': {
        const { team, member, changed } = await changeTeam(log, 'remove-team-member', request);
        tell({ team, member, changed }, `${member} is not in ${team}${changed ? ' any more' : ''}`);
        return;
      }
      case 'teams-list':
        for (const [team, members] of await listTeams(log, request.team)) {
          const sorted = [...members].sort();
          tell({ team, members: sorted }, [team, sorted.join(',') || '-'].join('\t'));
        }
    }
  });
}
