import { BYTES_PER_MB, limit, memlaneError } from '@memlane/contracts';
import type { PlanBook } from '@memlane/limits';
import { LRUCache } from 'lru-cache';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Holds stores against what the plan allows to be stored. What is stored comes from the read model, at most
 * `stored_usage_ms` old, and what this gateway accepted since is added; so a user may exceed the limit by what other
 * gateways accept in that time.
 */
export interface StorageQuota {
  /**
   * Notes that `bytes` are about to be stored. While the read model cannot be asked, stores are let through.
   *
   * @throws MemlaneError `MEMLANE_ERR_QUOTA_EXCEEDED`
   */
  reserve(owner: string, bytes: number): Promise<void>;
}

interface Usage {
  readonly stored: number;
  readonly askedAt: number;
  /** What was accepted here since it was asked for. */
  added: number;
}

/** How long a store waits to hear how much there is: it must not depend on the read model. */
const LOOK_WAIT_MS = 500;

/** @param askStored how many bytes a user has stored, the user's last write through this gateway among them */
export function openStorageQuota(
  plans: Pick<PlanBook, 'planOf'>,
  askStored: (owner: string) => Promise<number>,
  now: () => number = () => performance.now(),
): StorageQuota {
  const known = new LRUCache<string, Usage>({ max: limit('limited_users') });
  const asking = new Map<string, Promise<void>>();

  function look(owner: string): Promise<void> {
    const running = asking.get(owner);
    if (running) return running;
    const before = known.get(owner);
    const addedBefore = before?.added ?? 0;
    const askedAt = now();
    const asked = askStored(owner)
      .then(
        (stored) => known.set(owner, { stored, askedAt, added: (before?.added ?? 0) - addedBefore }),
        // Not asked again with every store: what is known, or nothing, holds for as long as an answer would.
        () => known.set(owner, { stored: 0, added: 0, ...before, askedAt }),
      )
      .then(() => void asking.delete(owner));
    asking.set(owner, asked);
    return asked;
  }

  async function lookNow(owner: string): Promise<Usage | undefined> {
    await Promise.race([look(owner), delay(LOOK_WAIT_MS, undefined, { ref: false })]);
    return known.get(owner);
  }

  return {
    reserve: async (owner, bytes) => {
      if (bytes === 0) return;
      const { name, plan } = plans.planOf(owner);
      const room = plan.stored_mb * BYTES_PER_MB;
      const isOver = (usage: Usage) => usage.stored + usage.added + bytes > room;
      let usage = known.get(owner);
      // There may be room again: something was deleted, or was there already and took none.
      if (!usage || isOver(usage)) usage = await lookNow(owner);
      if (!usage) return;
      if (isOver(usage))
        throw memlaneError('MEMLANE_ERR_QUOTA_EXCEEDED', `the plan ${name} allows ${plan.stored_mb} MB to be stored`, {
          limit: plan.stored_mb,
          details: { limit_name: 'stored_mb', stored_bytes: usage.stored, plan: name },
        });
      usage.added += bytes;
      if (now() - usage.askedAt > limit('stored_usage_ms')) void look(owner);
    },
  };
}
