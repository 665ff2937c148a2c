import { setImmediate, setTimeout } from 'node:timers/promises';
import { streams } from '@memlane/contracts';
import type { CommitFeed, EventLog, FeedItem } from '@memlane/event-log';
import { advanceCheckpoint, readCheckpoint, type Checkpoint } from './checkpoint.js';
import { findUnreadable, type PoisonCommit } from './find-unreadable.js';
import type { Db } from './open-db.js';
import { verifyCheckpoint } from './verify-checkpoint.js';

/** Commits of one transaction: group commit makes the sync to disk cheap, and a batch short. */
const BATCH = 256;

/** A commit that follows another within this time is written with those that follow it; a lone one at once. */
const GROUP_MS = 10;

/** Where a projection stands after a committed batch. */
export interface ProjectionProgress {
  readonly partition: number;
  readonly seq: number;
  /** Commits that are in the stream and not applied yet, as the consumer knew it. */
  readonly pending: number;
}

export interface ProjectionOptions {
  readonly log: EventLog;
  readonly partition: number;
  readonly db: Db;
  /** Name of the projection in the `checkpoint` table. */
  readonly name: string;
  /** Writes the rows of a batch; runs inside the transaction that moves the checkpoint. */
  readonly apply: (items: readonly FeedItem[]) => void;
  /** Called after each committed batch. */
  readonly onCommitted?: (progress: ProjectionProgress) => void;
  /**
   * Called for a commit that cannot be read, or that `apply` throws on, inside a transaction that moves the checkpoint
   * past it. Without it, or when it throws, the projection stops.
   */
  readonly onPoison?: (commit: PoisonCommit, error: unknown) => void;
}

export interface RunningProjection {
  /** Last sequence that is applied and committed; 0 before the first. */
  seq(): number;
  /** Resolves when a sequence is applied; rejects when the projection stops before. */
  caughtUp(seq: number): Promise<void>;
  /** Resolves after `stop`; rejects with what made the projection stop by itself. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Applies a partition's commits to a file: rows and checkpoint in one transaction, so every commit exactly once.
 *
 * @throws LogRegressedError when the log no longer holds what was applied
 */
export async function runProjection(options: ProjectionOptions): Promise<RunningProjection> {
  const { log, partition } = options;
  const writer = openBatchWriter(options);
  const from = readCheckpoint(options.db, options.name);
  if (from) await verifyCheckpoint(log, partition, from);

  const waiting = new Set<Waiter>();
  let stopped = false;
  const isStopped = () => stopped;
  let feed = log.commits(partition, { afterSeq: writer.seq() });

  function committed(pending: number): void {
    options.onCommitted?.({ partition, seq: writer.seq(), pending });
    for (const waiter of waiting) {
      if (waiter.seq > writer.seq()) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  }

  async function run(): Promise<void> {
    while (!isStopped()) {
      const broken = await drainFeed(feed, (items) => {
        if (isStopped()) return;
        writer.commit(items);
        committed(items.at(-1)?.pending ?? 0);
      });
      if (isStopped()) return;
      const poison = await findUnreadable(log, partition, writer.seq());
      if (!poison) throw broken;
      writer.park(poison.commit, poison.error);
      committed(0);
      await feed.stop();
      feed = log.commits(partition, { afterSeq: writer.seq() });
    }
  }

  const ended = run().catch(async (error: unknown) => {
    stopped = true;
    for (const { reject } of waiting) reject(error);
    waiting.clear();
    await feed.stop().catch(() => undefined);
    throw error;
  });
  // Whoever awaits `ended` or `caughtUp` hears of it; by itself it must not bring the process down.
  ended.catch(() => undefined);

  return {
    seq: () => writer.seq(),
    ended,
    caughtUp: (seq) =>
      new Promise<void>((resolve, reject) => {
        if (seq <= writer.seq()) resolve();
        else if (stopped) reject(new Error('the projection is stopped'));
        else waiting.add({ seq, resolve, reject });
      }),
    async stop() {
      stopped = true;
      await feed.stop();
      await ended.catch(() => undefined);
      for (const { reject } of waiting) reject(new Error('the projection is stopped'));
      waiting.clear();
    },
  };
}

/** Writes batches and moves the checkpoint with them. */
function openBatchWriter({ db, name, log, partition, apply, onPoison }: ProjectionOptions) {
  let checkpoint = readCheckpoint(db, name);

  const transact = db.transaction((last: PoisonCommit, write: () => void): Checkpoint => {
    const { seq, msgId } = last;
    const next = { stream: streams.events(partition), streamCreated: log.streamCreated(partition), seq, msgId };
    // First the checkpoint: a second writer is found out before any row is written.
    advanceCheckpoint(db, name, checkpoint, next);
    write();
    return next;
  });

  function park(commit: PoisonCommit, error: unknown): void {
    if (!onPoison) throw error;
    checkpoint = transact.immediate(commit, () => onPoison(commit, error));
  }

  function commit(items: readonly FeedItem[]): void {
    const fresh = items.filter(({ seq }) => seq > (checkpoint?.seq ?? 0));
    const last = fresh.at(-1);
    if (!last) return;
    try {
      checkpoint = transact.immediate(last, () => apply(fresh));
    } catch (error) {
      if (!isPoison(error)) throw error;
      // The batch is rolled back; one by one shows which commit it was.
      if (fresh.length === 1) park(last, error);
      else for (const item of fresh) commit([item]);
    }
  }

  return { seq: () => checkpoint?.seq ?? 0, commit, park };
}

/**
 * Takes what is there, up to {@link BATCH} commits at a time, until the feed ends or breaks.
 *
 * @returns what broke the feed, after everything before it was written
 * @throws what `write` throws
 */
async function drainFeed(feed: CommitFeed, write: (items: readonly FeedItem[]) => void): Promise<unknown> {
  const batch: FeedItem[] = [];
  let failure: { readonly error: unknown } | undefined;
  let flushedAt = Number.NEGATIVE_INFINITY;
  const flush = () => {
    if (failure || batch.length === 0) return;
    try {
      write(batch.splice(0));
    } catch (error) {
      failure = { error };
      void feed.stop();
    }
    flushedAt = performance.now();
  };
  let broken: unknown = new Error('the feed of commits ended');
  let scheduled = false;
  const flushSoon = async () => {
    const wait = flushedAt + GROUP_MS - performance.now();
    await (wait > 0 ? setTimeout(wait) : setImmediate());
    scheduled = false;
    flush();
  };
  try {
    for await (const item of feed) {
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
  flush();
  if (failure) throw failure.error;
  return broken;
}

/** What SQLite itself refuses (a full or broken disk, a lock) and a moved checkpoint are not the commit's fault. */
function isPoison(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'CheckpointMovedError') return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return !code.startsWith('SQLITE_') || code.startsWith('SQLITE_CONSTRAINT');
}
