import { live } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Admission } from './admit-operations.js';

const AT_MOST_EVERY_MS = 100;

/** Tells long work, see `live.serving`, when an operation with memories is let in. */
export function tellServing(
  nc: Pick<NatsConnection, 'isClosed' | 'publish'>,
  admission: Admission,
  now: () => number,
): Admission {
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    ...admission,
    admit(owner, cost, signal) {
      const isMemory = cost.rate === 'memory_operations_per_minute';
      if (isMemory && now() - toldAt >= AT_MOST_EVERY_MS && !nc.isClosed()) {
        toldAt = now();
        nc.publish(live.serving);
      }
      return admission.admit(owner, cost, signal);
    },
  };
}
