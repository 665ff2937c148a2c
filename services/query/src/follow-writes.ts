import { setTimeout } from 'node:timers/promises';
import { limit, live, parsePosition, type AggregateKind } from '@memlane/contracts';
import { onConnection, type EventLog } from '@memlane/event-log';
import { rememberWrites } from './written-positions.js';

/** Says up to where an owner's reads must see, whichever gateway its writes went through. */
export interface FollowedWrites {
  /** Sequence of the partition's stream that a read of the owner must include; 0 for none. */
  lastOf(owner: string, partition: number): Promise<number>;
  /** The same of all accounts of the partition: what others share with a user is looked up without knowing who they are. */
  lastOfAccounts(partition: number): Promise<number>;
  close(): void;
}

const RETRY_MS = 100;

/**
 * Hears of every write from the command handlers. What was said while this process did not listen (before it started,
 * while NATS was away) is covered by the end of the log at that moment.
 *
 * @param kinds aggregates that the projection is made of
 */
export function followWrites(log: EventLog, kinds: readonly AggregateKind[]): FollowedWrites {
  const positions = rememberWrites(limit('remembered_positions'));
  const accounts = new Map<number, number>();
  const asking = new Map<number, Promise<void>>();
  let closed = false;
  const isClosed = () => closed;

  const lastAccount = (partition: number) => accounts.get(partition) ?? 0;
  const raiseAccounts = (partition: number, seq: number) => {
    accounts.set(partition, Math.max(lastAccount(partition), seq));
  };

  const askForEnd = async (partition: number): Promise<void> => {
    while (!isClosed()) {
      try {
        const end = await log.lastSeq(partition);
        positions.raise(partition, end);
        raiseAccounts(partition, end);
        return;
      } catch {
        // While a leader is elected there is no answer.
        await setTimeout(RETRY_MS);
      }
    }
  };
  const askForEnds = () => {
    for (let partition = 0; partition < log.partitions; partition += 1) {
      const asked: Promise<void> = askForEnd(partition).then(() => {
        if (asking.get(partition) === asked) asking.delete(partition);
      });
      asking.set(partition, asked);
    }
  };

  const subscriptions = kinds.map((kind) =>
    log.nc.subscribe(live.writtenAll(kind), {
      callback: (error, message) => {
        const position = error ? undefined : parsePosition(message.string());
        if (!position || position.partition >= log.partitions || position.epoch !== log.epoch(position.partition))
          return;
        const owner = message.subject.slice(message.subject.lastIndexOf('.') + 1);
        positions.advance(owner, position.partition, position.seq);
        if (kind === 'account') raiseAccounts(position.partition, position.seq);
      },
    }),
  );
  askForEnds();
  onConnection(log.nc, 'reconnect', askForEnds);

  const untilEndIsKnown = async (partition: number): Promise<void> => {
    const asked = asking.get(partition);
    if (asked) await Promise.race([asked, setTimeout(limit('position_wait_ms'), undefined, { ref: false })]);
  };

  return {
    lastOf: async (owner, partition) => {
      await untilEndIsKnown(partition);
      return positions.of(owner, partition);
    },
    lastOfAccounts: async (partition) => {
      await untilEndIsKnown(partition);
      return lastAccount(partition);
    },
    close: () => {
      closed = true;
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}
