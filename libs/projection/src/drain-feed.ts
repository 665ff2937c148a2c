import { setImmediate } from 'node:timers/promises';

/** Commits of one transaction: group commit makes the sync to disk cheap, and a batch short. */
const BATCH = 256;

/**
 * A commit that follows a write within this time is written with those that come after it; a lone one at once, and so is
 * what somebody waits for. Every transaction has its price, in a text index above all.
 */
const GROUP_MS = 100;

/** How long a batch that is not due waits when nothing comes after it. */
const LATE_MS = 1_000;

/** What somebody waits for, so that it is not kept for a group. */
export interface Hurry<Item> {
  readonly isAwaited: (item: Item) => boolean;
  /** Told that more is awaited: looks at what it has. */
  look: () => void;
}

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
    readonly hurry: Hurry<Item>;
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
  let group: NodeJS.Timeout | undefined;
  let atOnce = false;
  const flushAtOnce = async () => {
    if (atOnce) return;
    atOnce = true;
    await setImmediate();
    atOnce = false;
    clearTimeout(group);
    group = undefined;
    if (!ended) flush();
  };
  const schedule = (isAwaited: boolean) => {
    const wait = flushedAt + GROUP_MS - performance.now();
    if (isAwaited || wait <= 0) void flushAtOnce();
    else group ??= setTimeout(() => void flushAtOnce(), wait);
  };
  to.hurry.look = () => {
    if (batch.some(to.hurry.isAwaited)) void flushAtOnce();
  };
  try {
    for await (const item of items) {
      batch.push(item);
      if (batch.length >= BATCH) {
        flush();
        // Lets the other partitions of this process, and the sockets, have their turn.
        await setImmediate();
      } else schedule(to.hurry.isAwaited(item));
      if (failure) break;
    }
  } catch (error) {
    broken = error;
  }
  ended = true;
  clearTimeout(late);
  clearTimeout(group);
  flush();
  if (failure) throw failure.error;
  return broken;
}
