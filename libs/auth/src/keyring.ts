import type { KV, KvWatchEntry } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';
import { setTimeout as delay } from 'node:timers/promises';
import { hashApiKey, looksLikeApiKey } from './api-key.js';
import { credentialOf, storedKey, type Credential, type StoredKey } from './credential.js';
import { openKeyBucket } from './keys.js';

/** All valid keys, in memory and kept current, so that a request is authenticated without a round trip. */
export interface Keyring {
  /** The credential that a key stands for now; `undefined` when it is unknown, revoked or expired. */
  verify(key: string): Credential | undefined;
  close(): void;
}

const RETRY_MS = 1_000;

/**
 * Opens the keyring; resolves once every key that exists is known. While NATS is away it goes on with what it knows.
 *
 * @param options.replicas of the bucket, when it has to be made
 * @param options.now clock, for expiry
 */
export async function openKeyring(
  nc: NatsConnection,
  options: { replicas?: number; now?: () => Date } = {},
): Promise<Keyring> {
  const now = options.now ?? (() => new Date());
  const bucket = await openKeyBucket(nc, options.replicas);
  const keys = new Map<string, StoredKey>();
  const follower = followKeys(nc, bucket, keys);
  await follower.loaded;
  return {
    verify: (key) => {
      if (!looksLikeApiKey(key)) return undefined;
      const stored = keys.get(hashApiKey(key));
      return stored && credentialOf(stored, now());
    },
    close: follower.close,
  };
}

function followKeys(nc: NatsConnection, bucket: KV, keys: Map<string, StoredKey>) {
  const closing = new AbortController();
  let stopWatching = () => {};
  let signalLoaded = () => {};
  const loaded = new Promise<void>((resolve) => (signalLoaded = resolve));

  const follow = async () => {
    const { values } = await bucket.status();
    if (values === 0) signalLoaded();
    const watch = await bucket.watch({ key: 'key.*' });
    stopWatching = () => watch.stop();
    if (closing.signal.aborted) watch.stop();
    for await (const entry of watch) {
      applyEntry(keys, entry);
      if (entry.delta === 0) signalLoaded();
    }
  };
  void (async () => {
    while (!closing.signal.aborted && !nc.isClosed()) {
      // A watch that ends or fails is begun anew: it replays every key, and deletion markers with them.
      await follow().catch(() => undefined);
      await delay(RETRY_MS, undefined, { ref: false, signal: closing.signal }).catch(() => undefined);
    }
  })();

  return {
    loaded,
    close: () => {
      closing.abort();
      stopWatching();
    },
  };
}

function applyEntry(keys: Map<string, StoredKey>, entry: KvWatchEntry): void {
  const hash = entry.key.slice('key.'.length);
  const parsed = entry.operation === 'PUT' ? storedKey.safeParse(JSON.parse(entry.string())) : undefined;
  if (parsed?.success) keys.set(hash, parsed.data);
  // What is not understood is not a key: refuse rather than guess.
  else keys.delete(hash);
}
