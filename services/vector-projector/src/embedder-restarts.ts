import { live } from '@memlane/contracts';
import { onConnection } from '@memlane/event-log';
import type { NatsConnection } from '@nats-io/nats-core';

/**
 * Hears of embedders that start or come back to NATS, and of our own connection coming back: what was asked before is
 * never answered then.
 */
export interface EmbedderRestarts {
  /** The work, or `instead` when an embedder starts before it is done. */
  unlessRestarted<T>(work: Promise<T>, instead: T): Promise<T>;
}

export function followRestarts(nc: NatsConnection, onRestart: () => void): EmbedderRestarts {
  const waiting = new Set<() => void>();
  const giveUpAll = () => {
    for (const giveUp of waiting) giveUp();
    onRestart();
  };
  nc.subscribe(live.admin('embedder', 'started'), { callback: giveUpAll });
  onConnection(nc, 'reconnect', giveUpAll);
  return {
    async unlessRestarted(work, instead) {
      let giveUp = () => {};
      const restarted = new Promise<typeof instead>((resolve) => {
        giveUp = () => resolve(instead);
        waiting.add(giveUp);
      });
      try {
        return await Promise.race([work, restarted]);
      } finally {
        waiting.delete(giveUp);
      }
    },
  };
}
