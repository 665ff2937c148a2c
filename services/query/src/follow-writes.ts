import { setTimeout } from 'node:timers/promises';
import { limit, live, parsePosition, type AggregateKind } from '@memlane/contracts';
import { onConnection, type EventLog } from '@memlane/event-log';
import { rememberWrites } from './written-positions.js';

/** Says up to where an owner's reads must see, whichever gateway its writes went through. */
export interface FollowedWrites {
  /** Sequence of the partition's stream that a read of the owner must include; 0 for none. */
  lastOf(owner: string, partition: number): Promise<number>;
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
  const asking = new Map<number, Promise<void>>();
  let closed = false;
  const isClosed = () => closed;

  const askForEnd = async (partition: number): Promise<void> => {
    while (!isClosed()) {
      try {
        positions.raise(partition, await log.lastSeq(partition));
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
      },
    }),
  );
  askForEnds();
  onConnection(log.nc, 'reconnect', askForEnds);

  return {
    lastOf: async (owner, partition) => {
      const asked = asking.get(partition);
      if (asked) await Promise.race([asked, setTimeout(limit('position_wait_ms'), undefined, { ref: false })]);
      return positions.of(owner, partition);
    },
    close: () => {
      closed = true;
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}
