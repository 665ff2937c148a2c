import { limit, type Env } from '@memlane/contracts';
import { connect, PermissionViolationError, type NatsConnection } from '@nats-io/transport-node';

/** Variables that say which server, and as whom. */
export type NatsAccess = Pick<Env, 'MEMLANE_NATS_URL' | 'MEMLANE_NATS_USER' | 'MEMLANE_NATS_PASSWORD'> &
  Partial<Pick<Env, 'MEMLANE_NATS_INBOX_PREFIX'>>;

/**
 * Connects and stays connected: reconnects for ever, since a service without NATS has nothing better to do.
 *
 * @param name shown in the server's list of connections
 * @throws Error when there is no server within `connect_wait_ms`
 */
export async function connectNats(env: NatsAccess, { name }: { name: string }): Promise<NatsConnection> {
  const deadline = performance.now() + limit('connect_wait_ms');
  for (;;) {
    try {
      const inboxPrefix = env.MEMLANE_NATS_INBOX_PREFIX;
      const nc = await connect({
        servers: env.MEMLANE_NATS_URL.split(','),
        name,
        ...(env.MEMLANE_NATS_USER === undefined ? {} : { user: env.MEMLANE_NATS_USER }),
        ...(env.MEMLANE_NATS_PASSWORD === undefined ? {} : { pass: env.MEMLANE_NATS_PASSWORD }),
        ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
        maxReconnectAttempts: -1,
        reconnectTimeWait: 100,
        reconnectJitter: 50,
        pingInterval: 10_000,
        // A stack trace kept for every request in case it fails costs a twentieth of a busy service.
        noAsyncTraces: true,
      });
      void warnOfDenials(nc, name);
      return nc;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`no NATS server at ${env.MEMLANE_NATS_URL}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** A denied publication that nobody waits for would otherwise vanish without a word. */
async function warnOfDenials(nc: NatsConnection, name: string): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type !== 'error' || !(status.error instanceof PermissionViolationError)) continue;
    const { operation, subject } = status.error;
    process.emitWarning(`NATS denies ${name} to ${operation} ${subject}`, { code: 'MEMLANE_NATS_DENIED' });
  }
}
