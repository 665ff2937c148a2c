import { setTimeout as delay } from 'node:timers/promises';
import { live } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';

/** Who works at that pace is at work all the time. */
const QUIET_MS = 250;
/**
 * Rest after a piece of work, as a multiple of it: each of the three who do such work has at most a seventeenth of
 * the time. Two threads of one core take up to twice as long each, whatever their priorities.
 */
const REST_PER_WORK = 16;
const LONGEST_REST_MS = 1_000;

/** How fast long work goes on: beside people who work with their memories, a small part of the time. */
export interface Pace {
  /** Whether somebody's memories are being served; then pieces of work should be short. */
  isSlow(): boolean;
  /**
   * To be called after each piece of work; resolves when the next one may begin.
   *
   * @param ms how long the piece took
   * @param signal ends the rest early; it never rejects
   */
  rest(ms: number, signal?: AbortSignal): Promise<void>;
  /** Does one piece of work after the other, each with its rest, while it is slow; all at once otherwise. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** The pace that gateways ask for, see `live.serving`. */
export function openPace(nc: NatsConnection, now: () => number = () => performance.now()): Pace {
  let quietFrom = Number.NEGATIVE_INFINITY;
  const listening = nc.subscribe(live.serving, { callback: () => void (quietFrom = now() + QUIET_MS) });
  const pace = pacedBy(() => now() < quietFrom, now);
  return { ...pace, close: () => listening.unsubscribe() };
}

/** Without people to give way to. */
export const fullPace: Pace = {
  ...pacedBy(
    () => false,
    () => 0,
  ),
  close: () => {},
};

function pacedBy(isSlow: () => boolean, now: () => number): Omit<Pace, 'close'> {
  let last: Promise<unknown> = Promise.resolve();

  async function rest(ms: number, signal?: AbortSignal): Promise<void> {
    if (!isSlow()) return;
    await delay(Math.min(ms * REST_PER_WORK, LONGEST_REST_MS), undefined, { signal }).catch(() => undefined);
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (!isSlow()) return work();
    const done = last.then(async () => {
      const begun = now();
      const result = await work();
      return { result, ms: now() - begun };
    });
    last = done.then(
      ({ ms }) => rest(ms),
      () => undefined,
    );
    return done.then(({ result }) => result);
  }

  return { isSlow, rest, inTurn };
}
