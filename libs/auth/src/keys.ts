import { buckets, memlaneError, type Scope } from '@memlane/contracts';
import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';
import { newApiKey } from './api-key.js';
import { defaultScopes, storedKey, type StoredKey } from './credential.js';

const KEY_ENTRY = 'key.';

export interface NewKeyRequest {
  readonly owner: string;
  /** What the key is for, e.g. the name of a device or program. */
  readonly name: string;
  readonly scopes?: readonly Scope[];
  /** When it stops working, ISO 8601 UTC; without one it works until it is revoked. */
  readonly expiresAt?: string;
}

/** Opens the bucket of keys, making it when it is missing. */
export function openKeyBucket(nc: NatsConnection, replicas = 1): Promise<KV> {
  // History 1: of a revoked key nothing is kept.
  return new Kvm(nc).create(buckets.keys, { history: 1, replicas });
}

/**
 * Makes a key. The text of the key is returned this once and kept nowhere.
 *
 * @throws ZodError when the owner is not an owner id
 */
export async function createKey(nc: NatsConnection, request: NewKeyRequest): Promise<{ key: string; id: string }> {
  const { key, prefix, hash } = newApiKey();
  const id = `key_${hash.slice(0, 16)}`;
  const entry: StoredKey = storedKey.parse({
    id,
    prefix,
    owner: request.owner,
    name: request.name,
    scopes: [...(request.scopes ?? defaultScopes)],
    created_at: new Date().toISOString(),
    ...(request.expiresAt === undefined ? {} : { expires_at: request.expiresAt }),
  });
  const bucket = await openKeyBucket(nc);
  await bucket.create(KEY_ENTRY + hash, JSON.stringify(entry));
  return { key, id };
}

/** The keys of an owner, or all; oldest first. Their secrets are not known to anybody but their holders. */
export async function listKeys(nc: NatsConnection, owner?: string): Promise<StoredKey[]> {
  const found: StoredKey[] = [];
  for await (const { key } of readKeys(await openKeyBucket(nc))) {
    if (owner === undefined || key.owner === owner) found.push(key);
  }
  return found.sort((a, b) => a.created_at.localeCompare(b.created_at));
}

/**
 * Revokes a key by its id; every gateway refuses it from the moment it hears of it, a few milliseconds later.
 *
 * @throws MemlaneError `MEMLANE_ERR_NOT_FOUND`
 */
export async function revokeKey(nc: NatsConnection, id: string): Promise<void> {
  const bucket = await openKeyBucket(nc);
  for await (const { entry, key } of readKeys(bucket)) {
    if (key.id !== id) continue;
    await bucket.delete(entry);
    return;
  }
  throw memlaneError('MEMLANE_ERR_NOT_FOUND', 'there is no key with this id', { field: 'id' });
}

async function* readKeys(bucket: KV): AsyncGenerator<{ entry: string; key: StoredKey }> {
  for await (const entry of await bucket.keys(`${KEY_ENTRY}*`)) {
    const value = await bucket.get(entry);
    if (value?.operation !== 'PUT') continue;
    const parsed = storedKey.safeParse(value.json());
    if (parsed.success) yield { entry, key: parsed.data };
  }
}
