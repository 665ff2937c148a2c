import { limit, type KeyView } from '@memlane/contracts';
import type { KV } from '@nats-io/kv';
import type { ListedKey } from './keys.js';

const ENTRY = 'used.';

/** Notes when keys were last used. */
export interface KeyUse {
  /** Cheap: it is written later, together with others. */
  note(keyId: string): void;
  /** Writes what was noted. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Last uses are no facts of the log: they would be an event for each request. They are written once in a while, and a
 * gateway that is killed loses the last ones.
 */
export function openKeyUse(
  openBucket: () => Promise<KV>,
  { now = () => new Date(), everyMs = limit('key_use_ms') } = {},
): KeyUse {
  const noted = new Map<string, string>();
  const flush = async (): Promise<void> => {
    if (noted.size === 0) return;
    const bucket = await openBucket();
    const batch = [...noted];
    noted.clear();
    for (const [keyId, at] of batch) await bucket.put(ENTRY + keyId, at);
  };
  // While NATS is away there is nothing to write to; the next use is noted again.
  const timer = setInterval(() => void flush().catch(() => undefined), everyMs).unref();
  return {
    note: (keyId) => noted.set(keyId, now().toISOString()),
    flush,
    close: async () => {
      clearInterval(timer);
      await flush().catch(() => undefined);
    },
  };
}

/** When a key was last used, ISO 8601 UTC, to within `key_use_ms`; `undefined` when it never was, or is not known. */
export async function lastUseOf(openBucket: () => Promise<KV>, keyId: string): Promise<string | undefined> {
  try {
    const entry = await (await openBucket()).get(ENTRY + keyId);
    return entry?.operation === 'PUT' ? entry.string() : undefined;
  } catch {
    return undefined;
  }
}

/** A key as those who administer see it. */
export async function viewOfKey(openBucket: () => Promise<KV>, { owner, key }: ListedKey): Promise<KeyView> {
  const { id, name, scopes, createdAt, expiresAt } = key;
  const used = await lastUseOf(openBucket, id);
  return { id, owner, name, scopes, created_at: createdAt, expires_at: expiresAt, last_used_at: used ?? null };
}
