import { live, type Outcome } from '@memlane/contracts';
import { onConnection } from '@memlane/event-log';
import type { NatsConnection } from '@nats-io/nats-core';

/** Hears the outcomes of this gateway's commands, over one subscription for all of them. */
export interface OutcomeListener {
  /** Subject that the outcome of an attempt is to be published to. */
  replySubject(attemptId: string): string;
  /**
   * Waits for the outcome of an attempt. Ask before publishing, or the answer may be faster than the question.
   *
   * @param askAgain called after each reconnect: an outcome that was told meanwhile went by unheard
   */
  expect(attemptId: string, waitMs: number, askAgain: () => void): ExpectedOutcome;
  close(): void;
}

export interface ExpectedOutcome {
  /** `undefined` when the wait ended first, or was given up. */
  readonly outcome: Promise<Outcome | undefined>;
  readonly giveUp: () => void;
}

interface Waiting {
  readonly settle: (outcome: Outcome | undefined) => void;
  readonly askAgain: () => void;
}

/** @param gatewayId unique among all gateways that run */
export function listenForOutcomes(nc: NatsConnection, gatewayId: string): OutcomeListener {
  const waiting = new Map<string, Waiting>();
  const subscription = nc.subscribe(live.outcomes(gatewayId), {
    callback: (error, message) => {
      if (error) return;
      const attemptId = message.subject.slice(message.subject.lastIndexOf('.') + 1);
      waiting.get(attemptId)?.settle(message.json<Outcome>());
    },
  });
  onConnection(nc, 'reconnect', () => {
    for (const { askAgain } of [...waiting.values()]) askAgain();
  });
  return {
    replySubject: (attemptId) => live.outcome(gatewayId, attemptId),
    expect: (attemptId, waitMs, askAgain) => {
      let settle = (_: Outcome | undefined) => {};
      const outcome = new Promise<Outcome | undefined>((resolve) => {
        const timer = setTimeout(() => settle(undefined), waitMs);
        settle = (value) => {
          clearTimeout(timer);
          waiting.delete(attemptId);
          resolve(value);
        };
        waiting.set(attemptId, { settle, askAgain });
      });
      return { outcome, giveUp: () => settle(undefined) };
    },
    close: () => {
      subscription.unsubscribe();
      for (const { settle } of [...waiting.values()]) settle(undefined);
    },
  };
}
