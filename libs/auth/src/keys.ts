import { fields, memlaneError, type AccountCommandResults, type CommandPayload, type Scope } from '@memlane/contracts';
import { evolveAccount, type Account, type ApiKey } from '@memlane/domain';
import type { EventLog } from '@memlane/event-log';
import { accountEventsOf, readAccountCommits } from './account-commits.js';
import { runOperatorCommand } from './operator-commands.js';
import { newApiKey } from './api-key.js';
import { defaultScopes } from './credential.js';

export interface NewKeyRequest {
  readonly owner: string;
  /** What the key is for, e.g. the name of a device or program. */
  readonly name: string;
  readonly scopes?: readonly Scope[] | undefined;
  /** When it stops working, ISO 8601 UTC; without one it works until it is revoked. */
  readonly expiresAt?: string | undefined;
}

/** A key as lists show it: without its secret. */
export interface ListedKey {
  readonly owner: string;
  readonly key: ApiKey;
}

/** Makes a key and what a command tells of it. The text of the key is in neither the command nor its outcome. */
export async function prepareKey(
  request: Omit<NewKeyRequest, 'owner'>,
): Promise<{ key: string; payload: CommandPayload<'create-key'> }> {
  const { key, secret } = await newApiKey();
  const payload = {
    id: `key_${secret.prefix}`,
    name: request.name,
    scopes: [...(request.scopes ?? defaultScopes)],
    expires_at: request.expiresAt ?? null,
    secret,
  };
  return { key, payload };
}

/** Makes the next secret of a key. */
export async function prepareRotation(
  id: string,
  overlapSeconds: number,
): Promise<{ key: string; payload: CommandPayload<'rotate-key'> }> {
  const { key, secret } = await newApiKey();
  return { key, payload: { id, secret, overlap_seconds: overlapSeconds } };
}

/**
 * Makes a key as an operator. Its text is returned this once and kept nowhere.
 *
 * @param waitMs for the outcome
 * @throws ZodError when the owner is not an owner id; MemlaneError when it is refused
 */
export async function createKey(
  log: EventLog,
  request: NewKeyRequest,
  waitMs?: number,
): Promise<{ key: string; id: string }> {
  const owner = fields.owner.parse(request.owner);
  const { key, payload } = await prepareKey(request);
  await runOperatorCommand(log, { owner, type: 'create-key', payload }, waitMs);
  return { key, id: payload.id };
}

/**
 * Gives a key a new secret.
 *
 * @param overlapSeconds how long the one before works on
 * @throws MemlaneError `MEMLANE_ERR_NOT_FOUND`
 */
export async function rotateKey(
  log: EventLog,
  id: string,
  overlapSeconds = 0,
): Promise<{ key: string } & AccountCommandResults['rotate-key']> {
  const { owner } = await findKey(log, id);
  const { key, payload } = await prepareRotation(id, overlapSeconds);
  const { result } = await runOperatorCommand(log, { owner, type: 'rotate-key', payload });
  return { key, ...result };
}

/**
 * Revokes a key; every gateway refuses it from the moment it hears of it, a few milliseconds later.
 *
 * @throws MemlaneError `MEMLANE_ERR_NOT_FOUND`
 */
export async function revokeKey(log: EventLog, id: string): Promise<void> {
  const { owner } = await findKey(log, id);
  await runOperatorCommand(log, { owner, type: 'revoke-key', payload: { id } });
}

/** The keys of an owner, or all, that were not revoked; oldest first. */
export async function listKeys(log: EventLog, owner?: string): Promise<ListedKey[]> {
  const accounts = new Map<string, Account>();
  for await (const commit of readAccountCommits(log, owner)) {
    const before = accounts.get(commit.owner);
    const after = accountEventsOf(commit).reduce((account, event) => evolveAccount(account, event, commit.at), before);
    if (after) accounts.set(commit.owner, after);
  }
  return [...accounts]
    .flatMap(([of, account]) => [...account.values()].map((key) => ({ owner: of, key })))
    .sort((a, b) => a.key.createdAt.localeCompare(b.key.createdAt));
}

async function findKey(log: EventLog, id: string): Promise<ListedKey> {
  const found = (await listKeys(log)).find(({ key }) => key.id === id);
  if (!found) throw memlaneError('MEMLANE_ERR_NOT_FOUND', 'there is no key with this id', { field: 'id' });
  return found;
}
