import { live, type Outcome } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';

/** Hears the outcomes of this gateway's commands, over one subscription for all of them. */
export interface OutcomeListener {
  /** Subject that the outcome of an attempt is to be published to. */
  replySubject(attemptId: string): string;
  /** Waits for the outcome of an attempt. Ask before publishing, or the answer may be faster than the question. */
  expect(attemptId: string, waitMs: number): ExpectedOutcome;
  close(): void;
}

export interface ExpectedOutcome {
  /** `undefined` when the wait ended first, or was given up. */
  readonly outcome: Promise<Outcome | undefined>;
  readonly giveUp: () => void;
}

/** @param gatewayId unique among all gateways that run */
export function listenForOutcomes(nc: NatsConnection, gatewayId: string): OutcomeListener {
  const waiting = new Map<string, (outcome: Outcome | undefined) => void>();
  const subscription = nc.subscribe(live.outcomes(gatewayId), {
    callback: (error, message) => {
      if (error) return;
      const attemptId = message.subject.slice(message.subject.lastIndexOf('.') + 1);
      waiting.get(attemptId)?.(message.json<Outcome>());
    },
  });
  return {
    replySubject: (attemptId) => live.outcome(gatewayId, attemptId),
    expect: (attemptId, waitMs) => {
      let settle = (_: Outcome | undefined) => {};
      const outcome = new Promise<Outcome | undefined>((resolve) => {
        const timer = setTimeout(() => settle(undefined), waitMs);
        settle = (value) => {
          clearTimeout(timer);
          waiting.delete(attemptId);
          resolve(value);
        };
        waiting.set(attemptId, settle);
      });
      return { outcome, giveUp: () => settle(undefined) };
    },
    close: () => {
      subscription.unsubscribe();
      for (const settle of [...waiting.values()]) settle(undefined);
    },
  };
}
