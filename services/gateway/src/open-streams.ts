import { limit, memlaneError } from '@memlane/contracts';
import { openBudget } from './budget.js';
import type { Caller } from './caller.js';
import { openEventStream, type EventStream } from './event-stream.js';

/** The open streams of this gateway: bounded, and each no longer open than its credential holds. */
export interface OpenStreams {
  /** @throws MemlaneError `MEMLANE_ERR_OVERLOADED` when the gateway, or this user, has as many open as it may */
  open(caller: Caller): EventStream;
  /** Ends all; clients go on at another gateway, or when this one is back. */
  close(): void;
}

/** A revoked key is to be refused everywhere within a second. */
const CHECK_MS = 500;

export function keepOpenStreams(bounds = { perOwner: limit('event_streams_per_owner') }): OpenStreams {
  const budget = openBudget('event_streams');
  const open = new Map<EventStream, Caller>();
  const countOf = new Map<string, number>();

  const check = setInterval(() => {
    for (const [stream, { holds }] of open) {
      void holds().then((stillHolds) => {
        if (!stillHolds) stream.end();
      });
    }
  }, CHECK_MS).unref();

  const count = (owner: string, by: 1 | -1) => {
    const now = (countOf.get(owner) ?? 0) + by;
    if (now === 0) countOf.delete(owner);
    else countOf.set(owner, now);
  };

  return {
    open: (caller) => {
      const { owner } = caller.credential;
      if ((countOf.get(owner) ?? 0) >= bounds.perOwner)
        throw memlaneError('MEMLANE_ERR_OVERLOADED', `this user has ${bounds.perOwner} streams open already`, {
          limit: bounds.perOwner,
          retry_after_seconds: 1,
          details: { limit_name: 'event_streams_per_owner' },
        });
      const release = budget.take();
      const stream = openEventStream();
      open.set(stream, caller);
      count(owner, 1);
      stream.ended.addEventListener('abort', () => {
        open.delete(stream);
        count(owner, -1);
        release();
      });
      return stream;
    },
    close: () => {
      clearInterval(check);
      for (const stream of open.keys()) stream.end();
    },
  };
}
