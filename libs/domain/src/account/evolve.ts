import type { AccountEvent } from '@memlane/contracts';
import type { ApiKey } from './state.js';

/** An account: its keys that were not revoked, by id. */
export type Account = ReadonlyMap<string, ApiKey>;

/**
 * An account after one of its events.
 *
 * @param at when the commit was decided, ISO 8601 UTC
 */
export function evolveAccount(account: Account | undefined, event: AccountEvent, at: string): Account {
  const keys = new Map(account);
  if (event.type === 'account-created') return keys;
  const key = keys.get(event.data.id);
  switch (event.type) {
    case 'key-created': {
      const { id, name, scopes, expires_at: expiresAt, secret } = event.data;
      return keys.set(id, { id, name, scopes, createdAt: at, expiresAt, secret, previous: null });
    }
    case 'key-rotated': {
      const { secret, previous_until: until } = event.data;
      if (!key) return keys;
      return keys.set(key.id, { ...key, secret, previous: until === null ? null : { secret: key.secret, until } });
    }
    case 'key-revoked':
      keys.delete(event.data.id);
      return keys;
  }
}
