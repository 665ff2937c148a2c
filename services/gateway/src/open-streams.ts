import { limit, memlaneError, type LimitName } from '@memlane/contracts';
import { openBudget } from './budget.js';
import type { KnownCaller } from './caller.js';
import { openEventStream, type EventStream } from './event-stream.js';

/** The open streams of this gateway: bounded, and each no longer open than its credential holds. */
export interface OpenStreams {
  /**
   * @param finish says goodbye to the client and then ends the stream; default: ends it
   * @throws MemlaneError `MEMLANE_ERR_RATE_LIMITED` when this user has as many open as one may, `MEMLANE_ERR_OVERLOADED`
   *   when the gateway has
   */
  open(caller: KnownCaller, finish?: () => void): EventStream;
  /** Ends all; clients go on at another gateway, or when this one is back. */
  close(): void;
}

/** A revoked key is to be refused everywhere within a second. */
const CHECK_MS = 500;

export function keepOpenStreams(
  total: LimitName = 'event_streams',
  perOwner: LimitName = 'event_streams_per_owner',
): OpenStreams {
  const budget = openBudget(total);
  const open = new Map<EventStream, { readonly caller: KnownCaller; readonly finish: () => void }>();
  const countOf = new Map<string, number>();

  const check = setInterval(() => {
    for (const { caller, finish } of open.values()) {
      void caller.holds().then((stillHolds) => {
        if (!stillHolds) finish();
      });
    }
  }, CHECK_MS).unref();

  const count = (owner: string, by: 1 | -1) => {
    const now = (countOf.get(owner) ?? 0) + by;
    if (now === 0) countOf.delete(owner);
    else countOf.set(owner, now);
  };

  return {
    open: (caller, finish) => {
      const { owner } = caller.credential;
      const max = limit(perOwner);
      const used = countOf.get(owner) ?? 0;
      if (used >= max)
        throw memlaneError('MEMLANE_ERR_RATE_LIMITED', `a user may have ${max} streams open at a gateway`, {
          limit: max,
          retry_after_seconds: 1,
          details: { limit_name: perOwner, used },
        });
      const release = budget.take();
      const stream = openEventStream();
      open.set(stream, { caller, finish: finish ?? stream.end });
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
      for (const { finish } of [...open.values()]) finish();
    },
  };
}
