import {
  isAccountEvent,
  partitionOf,
  streams,
  subjects,
  type AccountEvent,
  type DomainEvent,
  type AggregateKind,
  type StoredCommit,
} from '@memlane/contracts';
import { UnknownEventError, upcastEvent, type EventLog, type LogMessage } from '@memlane/event-log';
import { setTimeout as delay } from 'node:timers/promises';

/** A commit on somebody's account. */
export interface AccountCommit extends Pick<StoredCommit, 'owner' | 'actor' | 'client' | 'at' | 'events'> {
  readonly partition: number;
  readonly seq: number;
}

const ACCOUNT: AggregateKind = 'account';
const RETRY_MS = 100;

/** Commits on the accounts of all owners, or of one, that there are now; of a partition, in the order of its log. */
export async function* readAccountCommits(log: EventLog, owner?: string) {
  const partitions = owner === undefined ? allOf(log) : [partitionOf(owner, log.partitions)];
  for (const partition of partitions) {
    const last = await lastSeq(log, partition, owner);
    if (last === 0) continue;
    const about = owner === undefined ? {} : { owner };
    const feed = log.messages(partition, { afterSeq: 0, aggregate: ACCOUNT, ...about });
    for await (const message of feed) {
      const commit = toAccountCommit(partition, message);
      if (commit) yield commit;
      if (message.seq >= last) break;
    }
    await feed.stop();
  }
}

/** Hears of every commit on an account, from the first one on. */
export interface FollowedAccounts {
  /** Resolves when everything that there was at the beginning has been heard. */
  readonly loaded: Promise<unknown>;
  close(): Promise<void>;
}

export function followAccountCommits(log: EventLog, hear: (commit: AccountCommit) => void): FollowedAccounts {
  let closed = false;
  const isClosed = () => closed;
  const feeds = new Set<{ stop(): Promise<void> }>();

  const follow = async (partition: number, signalLoaded: () => void): Promise<void> => {
    let afterSeq = 0;
    while (!isClosed()) {
      try {
        const last = await lastSeq(log, partition);
        if (afterSeq >= last) signalLoaded();
        const feed = log.messages(partition, { afterSeq, aggregate: ACCOUNT });
        feeds.add(feed);
        try {
          for await (const message of feed) {
            const commit = toAccountCommit(partition, message);
            if (commit) hear(commit);
            afterSeq = message.seq;
            if (afterSeq >= last) signalLoaded();
          }
        } finally {
          feeds.delete(feed);
        }
      } catch {
        // While NATS is away there is nothing to hear; what happens meanwhile is in the log.
      }
      if (!isClosed()) await delay(RETRY_MS, undefined, { ref: false });
    }
  };

  const loaded = allOf(log).map((partition) => new Promise<void>((resolve) => void follow(partition, resolve)));
  return {
    loaded: Promise.all(loaded),
    close: async () => {
      closed = true;
      await Promise.all([...feeds].map((feed) => feed.stop()));
    },
  };
}

/** The events of a commit that concern keys. */
export function accountEventsOf(commit: Pick<AccountCommit, 'events'>): AccountEvent[] {
  return eventsOf(commit, isAccountEvent);
}

/** The events of a commit that are of some kind, at their newest version; those of a newer Memlane are left out. */
export function eventsOf<E extends DomainEvent>(
  { events }: Pick<AccountCommit, 'events'>,
  isWanted: (event: DomainEvent) => event is E,
): E[] {
  return events.flatMap((stored) => {
    try {
      const event = upcastEvent(stored);
      return isWanted(event) ? [event] : [];
    } catch (error) {
      if (error instanceof UnknownEventError) return [];
      throw error;
    }
  });
}

function toAccountCommit(partition: number, message: LogMessage): AccountCommit | undefined {
  const commit = message.readCommit();
  return commit && { ...commit, owner: message.owner, partition, seq: message.seq };
}

function allOf({ partitions }: EventLog): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition);
}

/** Sequence of the last commit on an account, 0 for none. */
async function lastSeq(log: EventLog, partition: number, owner = '*'): Promise<number> {
  const subject = subjects.event(partition, owner, ACCOUNT);
  const message = await log.jsm.streams.getMessage(streams.events(partition), { last_by_subj: subject });
  return message?.seq ?? 0;
}
