import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';

/** Opens a key-value bucket, creating it when it is missing. */
export async function openBucket(nc: NatsConnection, name: string, { replicas = 1 } = {}): Promise<KV> {
  return new Kvm(nc).create(name, { replicas });
}
