import { buckets } from '@memlane/contracts';
import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';

/** Opens the bucket when it is first needed: whoever only notes last uses can do without it. */
export function keyBucketWhenNeeded(nc: NatsConnection, replicas = 1): () => Promise<KV> {
  let bucket: Promise<KV> | undefined;
  return () => {
    bucket ??= openKeyBucket(nc, replicas).catch((error: unknown) => {
      bucket = undefined;
      throw error;
    });
    return bucket;
  };
}

/** Opens the bucket of what is known of keys beside their events, making it when it is missing. */
export function openKeyBucket(nc: NatsConnection, replicas = 1): Promise<KV> {
  return new Kvm(nc).create(buckets.keys, { history: 1, replicas });
}
