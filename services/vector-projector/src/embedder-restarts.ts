import { live } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';

/** Hears of embedders that start: what was asked of one that died is never answered. */
export interface EmbedderRestarts {
  /** The work, or `instead` when an embedder starts before it is done. */
  unlessRestarted<T>(work: Promise<T>, instead: T): Promise<T>;
}

export function followRestarts(nc: NatsConnection, onRestart: () => void): EmbedderRestarts {
  const waiting = new Set<() => void>();
  nc.subscribe(live.admin('embedder', 'started'), {
    callback: () => {
      for (const giveUp of waiting) giveUp();
      onRestart();
    },
  });
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
