import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

/** Commits of one transaction: group commit makes the sync to disk cheap, and a batch short. */
const BATCH = 256;

/** A commit that follows another within this time is written with those that follow it; a lone one at once. */
const GROUP_MS = 10;

/** How long a batch that is not due waits when nothing comes after it. */
const LATE_MS = 1_000;

/**
 * Takes what is there, up to {@link BATCH} commits at a time, until the feed ends or breaks. A batch that is not due
 * waits for the next one that is.
 *
 * @returns what broke the feed, after everything before it was written
 * @throws what `write` throws
 */
export async function drainFeed<Item>(
  items: AsyncIterable<Item>,
  to: {
    readonly isDue: (batch: readonly Item[]) => boolean;
    readonly write: (batch: readonly Item[], due: boolean) => void;
    readonly stop: () => void;
  },
): Promise<unknown> {
  let batch: Item[] = [];
  let failure: { readonly error: unknown } | undefined;
  let flushedAt = Number.NEGATIVE_INFINITY;
  let late: NodeJS.Timeout | undefined;
  let ended = false;
  const flush = () => {
    if (failure || batch.length === 0) return;
    const due = to.isDue(batch);
    const taken = batch;
    // Of those that nothing is applied of, the last one tells how far they went.
    batch = due ? [] : batch.slice(-1);
    try {
      to.write(taken, due);
    } catch (error) {
      failure = { error };
      to.stop();
    }
    flushedAt = performance.now();
    if (!due && !ended) late ??= setTimeout(flushLate, LATE_MS).unref();
  };
  const flushLate = () => {
    late = undefined;
    flush();
  };
  let broken: unknown = new Error('the feed of commits ended');
  let scheduled = false;
  const flushSoon = async () => {
    const wait = flushedAt + GROUP_MS - performance.now();
    await (wait > 0 ? sleep(wait) : setImmediate());
    scheduled = false;
    flush();
  };
  try {
    for await (const item of items) {
      batch.push(item);
      if (batch.length >= BATCH) {
        flush();
        // Lets the other partitions of this process, and the sockets, have their turn.
        await setImmediate();
      } else if (!scheduled) {
        scheduled = true;
        void flushSoon();
      }
      if (failure) break;
    }
  } catch (error) {
    broken = error;
  }
  ended = true;
  clearTimeout(late);
  flush();
  if (failure) throw failure.error;
  return broken;
}
