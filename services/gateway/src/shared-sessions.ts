import { live, SESSION_SECRET } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';
import { keepMcpSessions, type McpSessions } from './mcp-sessions.js';
import { openSharedSecret } from './shared-secret.js';

/** Sessions that go on at any gateway; one that is ended at one of them has ended at all. */
export async function shareSessions(nc: NatsConnection): Promise<McpSessions> {
  const onEnd = (id: string) => nc.publish(live.sessionEnded, id);
  const sessions = keepMcpSessions({ secret: await openSharedSecret(nc, SESSION_SECRET), onEnd });
  nc.subscribe(live.sessionEnded, {
    callback: (error, message) => {
      if (!error) sessions.end(message.string());
    },
  });
  return sessions;
}
