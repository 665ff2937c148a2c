import { limit, memlaneError, parsePosition, partitionOf } from '@memlane/contracts';
import { isPassing, type EventLog, type LogMessage } from '@memlane/event-log';
import { setTimeout as delay } from 'node:timers/promises';
import type { LiveFeeds } from './live-feed.js';

/** Whoever follows a log, at a pace of its own. */
export interface Follower {
  hear(message: LogMessage): void;
  /** Whether it takes more at the moment. */
  hasRoom(): boolean;
  /** Resolves when there is room for more, or it has ended. */
  ready(): Promise<void>;
  readonly ended: AbortSignal;
}

/**
 * Sequence after which to follow an owner's log: that of a position, else its end.
 *
 * @throws MemlaneError `MEMLANE_ERR_POSITION_UNKNOWN`, with the same words for a position that is none, of another
 *   user's partition, of another log, or of the future; `MEMLANE_ERR_UNAVAILABLE`
 */
export async function startAfter(log: EventLog, owner: string, position: string | undefined): Promise<number> {
  const partition = partitionOf(owner, log.partitions);
  const end = await orUnavailable(() => log.lastSeq(partition));
  if (position === undefined) return end;
  const parsed = parsePosition(position);
  const isKnown = parsed?.partition === partition && parsed.epoch === log.epoch(partition) && parsed.seq <= end;
  if (!isKnown) throw memlaneError('MEMLANE_ERR_POSITION_UNKNOWN', undefined, { field: 'Last-Event-ID' });
  return parsed.seq;
}

/**
 * Gives a follower every message of an owner after a sequence, each once and in order, until it has ended: what has
 * happened from the log, what happens from the feed that all share. A follower that has no room for what happens falls
 * back to the log, so that nothing is kept for it and nobody waits for it.
 *
 * @throws MemlaneError `MEMLANE_ERR_UNAVAILABLE` when the log cannot be read for a while
 */
export async function followCommits(
  { log, feeds }: { log: EventLog; feeds: LiveFeeds },
  owner: string,
  afterSeq: number,
  follower: Follower,
): Promise<void> {
  const partition = partitionOf(owner, log.partitions);
  let heard = afterSeq;
  let newest = afterSeq;
  let isLive = false;
  let fallBack = () => {};
  const stop = await orUnavailable(() =>
    feeds.listen(owner, (message) => {
      newest = message.seq;
      if (!isLive || message.seq <= heard || isEnded(follower)) return;
      if (!follower.hasRoom()) return fallBack();
      heard = message.seq;
      follower.hear(message);
    }),
  );
  const fallenBack = () =>
    new Promise<void>((resolve) => {
      fallBack = () => {
        isLive = false;
        resolve();
      };
    });
  follower.ended.addEventListener('abort', () => fallBack(), { once: true });

  try {
    // What is heard before it is known to be the next is not kept: it is read from the log, at the follower's pace.
    while (!isEnded(follower)) {
      await follower.ready();
      const next = await orUnavailable(() => log.nextMessage(partition, { owner, afterSeq: heard }));
      if (isEnded(follower)) return;
      if (next) {
        heard = next.seq;
        follower.hear(next);
      } else if (newest <= heard) {
        isLive = true;
        await fallenBack();
      }
    }
  } finally {
    stop();
  }
}

function isEnded({ ended }: Follower): boolean {
  return ended.aborted;
}

const RETRY_MS = 100;

/** Asks again while a server restarts or elects a leader. @throws MemlaneError `MEMLANE_ERR_UNAVAILABLE` */
async function orUnavailable<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + limit('publish_wait_ms');
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error) || performance.now() > deadline)
        throw memlaneError('MEMLANE_ERR_UNAVAILABLE', 'the log cannot be read', { retry_after_seconds: 5 });
      await delay(RETRY_MS);
    }
  }
}
