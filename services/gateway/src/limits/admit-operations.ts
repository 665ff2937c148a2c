import {
  BYTES_PER_MB,
  limit,
  memlaneError,
  rateWindows,
  type MemlaneError,
  type RateLimitName,
} from '@memlane/contracts';
import { openTurns, type NoTurn, type PlanBook } from '@memlane/limits';
import { LRUCache } from 'lru-cache';
import { setTimeout as delay } from 'node:timers/promises';
import type { SharedUse } from './share-use.js';

/** What an operation uses of its user's plan, beside a place among those in flight. */
export interface OperationCost {
  /** The rate that it counts to; none for what is bounded by places only. */
  readonly rate?: RateLimitName;
  readonly cost: number;
}

/** How far a user is from the limits of the plan. */
export interface OwnerUsage {
  readonly plan: string;
  readonly rates: Readonly<Record<RateLimitName, RateState>>;
  readonly inFlight: { readonly used: number; readonly limit: number };
  readonly storedBytesLimit: number;
}

export interface RateState {
  readonly used: number;
  readonly limit: number;
  readonly windowSeconds: number;
  /** Whole seconds until some of what was used is given back; 0 when nothing was used. */
  readonly resetSeconds: number;
}

/** Lets operations in as the plans of their users allow. */
export interface Admission {
  /**
   * Waits for a place and takes what the operation costs; the answer gives the place back.
   *
   * @throws MemlaneError `MEMLANE_ERR_RATE_LIMITED`, `MEMLANE_ERR_OVERLOADED`: nothing was taken
   */
  admit(owner: string, cost: OperationCost, signal?: AbortSignal): Promise<() => void>;
  /**
   * Takes what an operation costs that has a place already; the answer gives it back, for what did not begin.
   *
   * @throws MemlaneError `MEMLANE_ERR_RATE_LIMITED`: nothing was taken
   */
  charge(owner: string, cost: Required<OperationCost>, signal?: AbortSignal): Promise<() => void>;
  usageOf(owner: string): OwnerUsage;
}

const RETRY_SOON_SECONDS = 1;

/** What admission takes of its surroundings. */
export interface AdmissionWorld {
  /** Resolves after so many ms, or when the client is gone. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** At least 0, less than 1. */
  readonly random: () => number;
}

export function openAdmission(
  plans: Pick<PlanBook, 'planOf'>,
  shared: SharedUse,
  { wait, random }: AdmissionWorld = { wait: waitOrGone, random: Math.random },
): Admission {
  const { ledger, now } = shared;
  /** Refusals of a user since the rate last allowed something. */
  const refusedInARow = new LRUCache<string, number>({ max: limit('limited_users') });
  /** Refusals of a user for whom too many operations wait, since there was a moment without any. */
  const refusedTurns = new LRUCache<string, number>({ max: limit('limited_users'), ttl: 2 * limit('refusal_hold_ms') });
  // A share for each gateway, so that the sum holds without asking; what does not fit waits.
  const placesOf = (owner: string) =>
    Math.max(1, Math.floor(plans.planOf(owner).plan.operations_in_flight / shared.gateways()));
  const turns = openTurns({
    places: Infinity,
    placesOf,
    waiting: limit('operations_waiting'),
    waitingPerOwner: limit('operations_waiting_per_user'),
    waitMs: limit('turn_wait_ms'),
  });

  function refuseRate(owner: string, name: RateLimitName, retryAfterMs: number): MemlaneError {
    const { name: planName, plan } = plans.planOf(owner);
    const seconds = rateWindows[name] / 1_000;
    const { used } = ledger.usedOf(owner, name, now());
    return memlaneError('MEMLANE_ERR_RATE_LIMITED', `the plan ${planName} allows ${plan[name]} in ${seconds} seconds`, {
      limit: plan[name],
      retry_after_seconds: Math.ceil(retryAfterMs / 1_000),
      details: { limit_name: name, used, window_seconds: seconds, plan: planName },
    });
  }

  function refuseTurn(owner: string, reason: NoTurn): MemlaneError {
    if (reason === 'gone') return memlaneError('MEMLANE_ERR_UNAVAILABLE', 'the client went away before this was done');
    if (reason === 'full')
      return memlaneError('MEMLANE_ERR_OVERLOADED', undefined, {
        limit: limit('operations_waiting'),
        retry_after_seconds: RETRY_SOON_SECONDS,
        details: { limit_name: 'operations_waiting' },
      });
    const { name, plan } = plans.planOf(owner);
    return memlaneError(
      'MEMLANE_ERR_RATE_LIMITED',
      `the plan ${name} allows ${plan.operations_in_flight} operations in flight, and too many wait already`,
      {
        limit: plan.operations_in_flight,
        retry_after_seconds: RETRY_SOON_SECONDS,
        details: { limit_name: 'operations_in_flight', used: turns.takenBy(owner), plan: name },
      },
    );
  }

  /**
   * Who goes on without heeding refusals hears the next ones later: a loop of refused calls would otherwise keep the
   * gateway busier than the calls themselves. Not all after the same time: those that were refused together would come
   * again together, and others would wait behind all of them.
   */
  async function holdBack(
    refused: LRUCache<string, number>,
    owner: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const inARow = (refused.get(owner) ?? 0) + 1;
    refused.set(owner, inARow);
    if (inARow > limit('refusals_at_once')) await wait(limit('refusal_hold_ms') * (0.5 + random()), signal);
  }

  /** Who has used everything up is told so at once, not after a wait. */
  async function checkRate(owner: string, name: RateLimitName, cost: number, signal?: AbortSignal): Promise<void> {
    const retryMs = ledger.waitFor({ owner, name, cost, count: plans.planOf(owner).plan[name] }, now());
    if (retryMs === 0) return;
    await holdBack(refusedInARow, owner, signal);
    throw refuseRate(owner, name, retryMs);
  }

  /** @returns when it was taken */
  async function takeRate(owner: string, name: RateLimitName, cost: number): Promise<number> {
    for (;;) {
      const at = now();
      const taken = ledger.take({ owner, name, cost, count: plans.planOf(owner).plan[name] }, at);
      if (taken.is === 'refused') throw refuseRate(owner, name, taken.retryAfterMs);
      if (taken.is === 'taken') {
        refusedInARow.delete(owner);
        shared.touch();
        return at;
      }
      await wait(taken.againMs);
    }
  }

  return {
    admit: async (owner, { rate, cost }, signal) => {
      if (rate !== undefined) await checkRate(owner, rate, cost, signal);
      const turn = await turns.take(owner, signal);
      if (!turn.ok) {
        if (turn.reason === 'full-for-owner') await holdBack(refusedTurns, owner, signal);
        throw refuseTurn(owner, turn.reason);
      }
      try {
        if (rate !== undefined) await takeRate(owner, rate, cost);
      } catch (error) {
        turn.release();
        throw error;
      }
      return turn.release;
    },
    charge: async (owner, { rate, cost }, signal) => {
      await checkRate(owner, rate, cost, signal);
      const takenAt = await takeRate(owner, rate, cost);
      return () => {
        ledger.giveBack({ owner, name: rate, cost }, takenAt);
        shared.touch();
      };
    },
    usageOf: (owner) => {
      const { name, plan } = plans.planOf(owner);
      const rateOf = (rate: RateLimitName): RateState => {
        const { used, resetMs } = ledger.usedOf(owner, rate, now());
        return {
          used,
          limit: plan[rate],
          windowSeconds: rateWindows[rate] / 1_000,
          resetSeconds: Math.ceil(resetMs / 1_000),
        };
      };
      return {
        plan: name,
        rates: {
          memory_operations_per_minute: rateOf('memory_operations_per_minute'),
          syncs_per_hour: rateOf('syncs_per_hour'),
        },
        inFlight: { used: turns.takenBy(owner), limit: plan.operations_in_flight },
        storedBytesLimit: plan.stored_mb * BYTES_PER_MB,
      };
    },
  };
}

async function waitOrGone(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}
