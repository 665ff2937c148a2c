import { buckets, live, SESSION_SECRET } from '@memlane/contracts';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';
import { randomBytes } from 'node:crypto';
import { keepMcpSessions, type McpSessions } from './mcp-sessions.js';

const SECRET_BYTES = 32;

/** Sessions that go on at any gateway; one that is ended at one of them has ended at all. */
export async function shareSessions(nc: NatsConnection): Promise<McpSessions> {
  const onEnd = (id: string) => nc.publish(live.sessionEnded, id);
  const sessions = keepMcpSessions({ secret: await openSecret(nc), onEnd });
  nc.subscribe(live.sessionEnded, {
    callback: (error, message) => {
      if (!error) sessions.end(message.string());
    },
  });
  return sessions;
}

/** The secret that seals the ids of MCP sessions; the first gateway makes it, all gateways share it. */
async function openSecret(nc: NatsConnection): Promise<Uint8Array> {
  const bucket = await new Kvm(nc).open(buckets.memlane);
  // Whoever comes first records it; everyone reads back what holds.
  await bucket.create(SESSION_SECRET, randomBytes(SECRET_BYTES)).catch(() => undefined);
  const secret = (await bucket.get(SESSION_SECRET))?.value;
  if (secret?.length !== SECRET_BYTES)
    throw new Error(`the entry ${SESSION_SECRET} of the bucket ${buckets.memlane} is no secret`);
  return secret;
}
