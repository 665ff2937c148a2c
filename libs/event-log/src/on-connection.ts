import type { NatsConnection } from '@nats-io/nats-core';

/** Calls `action` each time the connection is lost (`disconnect`) or has come back (`reconnect`), until it is closed. */
export function onConnection(nc: NatsConnection, change: 'disconnect' | 'reconnect', action: () => void): void {
  void (async () => {
    for await (const { type } of nc.status()) if (type === change) action();
  })();
}
