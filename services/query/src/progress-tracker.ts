import { live, type ProgressNotice } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';

/** The last notice of every partition of one projection, and whoever waits for a later one. */
export interface ProgressTracker {
  latest(partition: number): { readonly notice: ProgressNotice; readonly receivedAt: number } | undefined;
  /** Waits until `reached` holds, asking it after every notice of the partition; `false` when time is up. */
  waitUntil(partition: number, reached: () => boolean, timeoutMs: number): Promise<boolean>;
  stop(): void;
}

/** How often to look by oneself: a notice can be lost, the file it tells of cannot. */
const LOOK_MS = 100;

export function trackProgress(
  nc: NatsConnection,
  projection: string,
  onNotice: (notice: ProgressNotice) => void = () => undefined,
): ProgressTracker {
  const latest = new Map<number, { notice: ProgressNotice; receivedAt: number }>();
  const waiting = new Map<number, Set<() => void>>();
  const subscription = nc.subscribe(live.progressAll(projection), {
    callback: (error, message) => {
      if (error) return;
      const notice = message.json<ProgressNotice>();
      latest.set(notice.partition, { notice, receivedAt: performance.now() });
      onNotice(notice);
      for (const look of waiting.get(notice.partition) ?? []) look();
    },
  });
  return {
    latest: (partition) => latest.get(partition),
    waitUntil(partition, reached, timeoutMs) {
      if (reached()) return Promise.resolve(true);
      return new Promise((resolve, reject) => {
        const looks = waiting.get(partition) ?? new Set();
        waiting.set(partition, looks);
        const finish = (settle: () => void) => {
          looks.delete(look);
          clearInterval(interval);
          clearTimeout(timeout);
          settle();
        };
        const look = () => {
          try {
            if (reached()) finish(() => resolve(true));
          } catch (error) {
            finish(() => reject(error instanceof Error ? error : new Error('not an Error')));
          }
        };
        looks.add(look);
        const interval = setInterval(look, LOOK_MS);
        const timeout = setTimeout(() => finish(() => resolve(false)), timeoutMs);
      });
    },
    stop: () => subscription.unsubscribe(),
  };
}
