import { buckets } from '@memlane/contracts';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';
import { randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** A secret that all gateways share; the first one makes it. @param entry of the bucket `memlane` */
export async function openSharedSecret(nc: NatsConnection, entry: string): Promise<Uint8Array> {
  const bucket = await new Kvm(nc).open(buckets.memlane);
  // Whoever comes first records it; everyone reads back what holds.
  await bucket.create(entry, randomBytes(SECRET_BYTES)).catch(() => undefined);
  const secret = (await bucket.get(entry))?.value;
  if (secret?.length !== SECRET_BYTES)
    throw new Error(`the entry ${entry} of the bucket ${buckets.memlane} is no secret`);
  return secret;
}
