import { allows, prepareKey, prepareRotation, viewOfKey, type AdminCommandType, type Keyring } from '@memlane/auth';
import {
  listAccountsQuery,
  listKeysQuery,
  memlaneError,
  newKey,
  parsePosition,
  rotateKeyBody,
  type CommandPayload,
  type CommandResults,
} from '@memlane/contracts';
import type { KV } from '@nats-io/kv';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from './caller.js';
import { check } from './check-input.js';
import { runCommand, type WritePath } from './issue-command.js';
import { pageOf } from './page-of.js';
import { lacksScope } from './scope-refusal.js';
import { serveTeams } from './team-routes.js';

export interface AdminParts {
  readonly keyring: Keyring;
  /** What is known of keys beside their events: when they were last used. */
  readonly openBucket: () => Promise<KV>;
  readonly write: WritePath;
}

/** How long an answer waits until this gateway knows what it tells. */
const HEARD_WAIT_MS = 1_000;

/** Serves the administration of users and keys, for credentials with the scope `admin`. */
export function serveAdmin(
  app: FastifyInstance,
  parts: AdminParts,
  callerOfRequest: (request: FastifyRequest) => Caller,
): void {
  const { keyring, openBucket } = parts;
  const adminOf = (request: FastifyRequest): Caller => {
    const caller = callerOfRequest(request);
    if (!allows(caller.credential, 'admin')) throw lacksScope('admin');
    return caller;
  };
  const run = <T extends AdminCommandType>(caller: Caller, owner: string, type: T, payload: CommandPayload<T>) =>
    runAndHear(parts, caller, owner, type, payload);

  app.post('/admin/keys', async (request, reply) => {
    const caller = adminOf(request);
    const { owner, name, scopes, expires_at: expiresAt } = check(newKey, request.body);
    const { key, payload } = await prepareKey({ name, scopes, expiresAt });
    await run(caller, owner, 'create-key', payload);
    const { id, scopes: allowed, expires_at } = payload;
    return reply.code(201).send({ id, owner, name, scopes: allowed, expires_at, key });
  });

  app.get('/admin/keys', async (request) => {
    adminOf(request);
    const { owner, ...query } = check(listKeysQuery, request.query);
    const owners = owner === undefined ? keyring.owners() : [owner];
    const all = owners.flatMap((of) => keyring.keysOf(of).map((key) => ({ name: `${of} ${key.id}`, owner: of, key })));
    const { items, next } = pageOf(all, query);
    const keys = await Promise.all(items.map((item) => viewOfKey(openBucket, item)));
    return { keys, ...next };
  });

  app.post<{ Params: { id: string } }>('/admin/keys/:id/rotate', async (request) => {
    const caller = adminOf(request);
    const { id } = request.params;
    const { overlap_seconds: overlap } = check(rotateKeyBody, request.body ?? {});
    const { key, payload } = await prepareRotation(id, overlap);
    const result = await run(caller, ownerOf(keyring, id), 'rotate-key', payload);
    return { ...result, key };
  });

  app.post<{ Params: { id: string } }>('/admin/keys/:id/revoke', async (request) => {
    const caller = adminOf(request);
    const { id } = request.params;
    return run(caller, ownerOf(keyring, id), 'revoke-key', { id });
  });

  serveTeams(app, { keyring, adminOf, run });

  app.get('/admin/accounts', async (request) => {
    adminOf(request);
    const query = check(listAccountsQuery, request.query);
    const { items, next } = pageOf(
      keyring.owners().map((owner) => ({ name: owner })),
      query,
    );
    return { accounts: items.map(({ name }) => ({ owner: name, keys: keyring.keysOf(name).length })), ...next };
  });
}

function ownerOf(keyring: Keyring, id: string): string {
  const owner = keyring.ownerOf(id);
  if (owner === undefined) throw memlaneError('MEMLANE_ERR_NOT_FOUND', 'there is no key with this id', { field: 'id' });
  return owner;
}

/** Runs a command on somebody's account, and waits until this gateway goes by it. */
async function runAndHear<T extends AdminCommandType>(
  { write, keyring }: AdminParts,
  caller: Caller,
  owner: string,
  type: T,
  payload: CommandPayload<T>,
): Promise<CommandResults[T]> {
  const { correlationId } = caller;
  const credential = { ...caller.credential, owner };
  const { result, position } = await runCommand(write, { credential, correlationId }, { type, payload, tool: type });
  const place = parsePosition(position);
  if (place) await keyring.reaches(place.partition, place.seq, HEARD_WAIT_MS);
  return result;
}
