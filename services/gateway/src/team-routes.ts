import type { AdminCommandType, Keyring } from '@memlane/auth';
import {
  listTeamsQuery,
  memlaneError,
  namedTeam,
  teamCommandPayloads,
  type CommandPayload,
  type CommandResults,
} from '@memlane/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from './caller.js';
import { check } from './check-input.js';
import { pageOf } from './page-of.js';

interface TeamParts {
  readonly keyring: Keyring;
  readonly adminOf: (request: FastifyRequest) => Caller;
  readonly run: <T extends AdminCommandType>(
    caller: Caller,
    owner: string,
    type: T,
    payload: CommandPayload<T>,
  ) => Promise<CommandResults[T]>;
}

/** Serves the administration of teams, for credentials with the scope `admin`. */
export function serveTeams(app: FastifyInstance, { keyring, adminOf, run }: TeamParts): void {
  app.post('/admin/teams', async (request, reply) => {
    const caller = adminOf(request);
    const { team } = check(namedTeam, request.body);
    const result = await run(caller, team, 'create-team', {});
    return reply.code(result.created ? 201 : 200).send(result);
  });

  app.get('/admin/teams', async (request) => {
    adminOf(request);
    const query = check(listTeamsQuery, request.query);
    const all = [...keyring.teams()].map(([name, members]) => ({ name, members: members.size }));
    const { items, next } = pageOf(all, query);
    return { teams: items.map(({ name, members }) => ({ team: name, members })), ...next };
  });

  app.get('/admin/teams/:team', async (request) => {
    adminOf(request);
    const { team } = check(namedTeam, request.params);
    const members = keyring.teams().get(team);
    if (!members) throw memlaneError('MEMLANE_ERR_NOT_FOUND', 'team: there is no such team', { field: 'team' });
    return { team, members: [...members].sort() };
  });

  for (const [action, type] of [
    ['add', 'add-team-member'],
    ['remove', 'remove-team-member'],
  ] as const)
    app.post(`/admin/teams/:team/${action}`, async (request) => {
      const caller = adminOf(request);
      const { team } = check(namedTeam, request.params);
      return run(caller, team, type, check(teamCommandPayloads[type], request.body));
    });
}
