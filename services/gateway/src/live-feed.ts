import { partitionOf } from '@memlane/contracts';
import type { EventLog, Feed, LogMessage } from '@memlane/event-log';
import { setTimeout as delay } from 'node:timers/promises';

/** Hears the messages of one owner, in the order of the log. */
export type Listener = (message: LogMessage) => void;

/** The log of a gateway's owners as it grows: one consumer per partition, however many listen. */
export interface LiveFeeds {
  /**
   * Resolves once every message from now on is heard.
   *
   * @returns how to stop listening
   */
  listen(owner: string, listener: Listener): Promise<() => void>;
  close(): Promise<void>;
}

/** What waits for the event loop, of one partition. */
const FETCH_AHEAD = 64;

const RETRY_MS = 200;

interface SharedFeed {
  /** Those that listen, and those that are about to. The feed ends when there are none. */
  users: number;
  readonly listeners: Map<string, Set<Listener>>;
  readonly begun: Promise<void>;
  stop(): Promise<void>;
}

export function openLiveFeeds(log: EventLog): LiveFeeds {
  const shared = new Map<number, SharedFeed>();

  const leave = (partition: number, feed: SharedFeed) => {
    feed.users -= 1;
    if (feed.users > 0) return;
    if (shared.get(partition) === feed) shared.delete(partition);
    void feed.stop();
  };

  return {
    listen: async (owner, listener) => {
      const partition = partitionOf(owner, log.partitions);
      const feed = shared.get(partition) ?? beginFeed(log, partition);
      shared.set(partition, feed);
      // Counted before the first wait: whoever leaves meanwhile must not end the feed under this one.
      feed.users += 1;
      try {
        await feed.begun;
      } catch (error) {
        if (shared.get(partition) === feed) shared.delete(partition);
        throw error;
      }
      const own = feed.listeners.get(owner) ?? new Set();
      feed.listeners.set(owner, own.add(listener));
      return () => {
        if (!own.delete(listener)) return;
        if (own.size === 0) feed.listeners.delete(owner);
        leave(partition, feed);
      };
    },
    close: async () => {
      const open = [...shared.values()];
      shared.clear();
      await Promise.all(open.map((feed) => feed.stop()));
    },
  };
}

function beginFeed(log: EventLog, partition: number): SharedFeed {
  const stopping = new AbortController();
  const listeners: SharedFeed['listeners'] = new Map();
  let feed: Feed<LogMessage> | undefined;

  const follow = async (afterSeq: number) => {
    let last = afterSeq;
    while (!stopping.signal.aborted) {
      feed = log.messages(partition, { afterSeq: last, fetchAhead: FETCH_AHEAD });
      try {
        for await (const message of feed) {
          last = message.seq;
          for (const hear of [...(listeners.get(message.owner) ?? [])]) hear(message);
        }
      } catch {
        // Whatever ended it, the next one goes on where this one was.
      }
      await feed.stop().catch(() => undefined);
      await delay(RETRY_MS, undefined, { ref: false, signal: stopping.signal }).catch(() => undefined);
    }
  };

  const begun = log.lastSeq(partition).then((seq) => void follow(seq));
  return {
    users: 0,
    listeners,
    begun,
    stop: async () => {
      stopping.abort();
      await feed?.stop();
    },
  };
}
