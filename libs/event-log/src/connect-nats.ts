import { connect, type NatsConnection } from '@nats-io/transport-node';
import { limit, type Env } from '@memlane/contracts';

/**
 * Connects and stays connected: reconnects for ever, since a service without NATS has nothing better to do.
 *
 * @param name shown in the server's list of connections
 * @throws Error when there is no server within `connect_wait_ms`
 */
export async function connectNats(
  env: Pick<Env, 'MEMLANE_NATS_URL' | 'MEMLANE_NATS_USER' | 'MEMLANE_NATS_PASSWORD'>,
  { name }: { name: string },
): Promise<NatsConnection> {
  const deadline = Date.now() + limit('connect_wait_ms');
  for (;;) {
    try {
      return await connect({
        servers: env.MEMLANE_NATS_URL,
        name,
        ...(env.MEMLANE_NATS_USER === undefined ? {} : { user: env.MEMLANE_NATS_USER }),
        ...(env.MEMLANE_NATS_PASSWORD === undefined ? {} : { pass: env.MEMLANE_NATS_PASSWORD }),
        maxReconnectAttempts: -1,
        reconnectTimeWait: 100,
        reconnectJitter: 50,
        pingInterval: 10_000,
        // A stack trace kept for every request in case it fails costs a twentieth of a busy service.
        noAsyncTraces: true,
      });
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`no NATS server at ${env.MEMLANE_NATS_URL}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
