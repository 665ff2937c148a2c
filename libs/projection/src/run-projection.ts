import { codeOf, streams } from '@memlane/contracts';
import type { EventLog, FeedItem } from '@memlane/event-log';
import { keepAwaitedSeqs } from './awaited-seqs.js';
import { advanceCheckpoint, readCheckpoint, type Checkpoint } from './checkpoint.js';
import { drainFeed } from './drain-feed.js';
import { findUnreadable, type PoisonCommit } from './find-unreadable.js';
import type { Db } from './open-db.js';
import { prepareAhead, type PreparedItem } from './prepare-ahead.js';
import { verifyCheckpoint } from './verify-checkpoint.js';

/** Commits that a projection has no rows for move its checkpoint no more often: each move is a sync to disk. */
const UNCONCERNED_MS = 1_000;

/** Where a projection stands after a committed batch. */
export interface ProjectionProgress {
  readonly partition: number;
  readonly seq: number;
  /** Commits that are in the stream and not applied yet, as the consumer knew it. */
  readonly pending: number;
}

export interface ProjectionOptions<Prepared = undefined> {
  readonly log: EventLog;
  readonly partition: number;
  readonly db: Db;
  /** Name of the projection in the `checkpoint` table. */
  readonly name: string;
  /**
   * Whether a commit has anything to apply; default: all have. What has not is not given to `apply`, and a crash may
   * have it read again.
   */
  readonly concerns?: (item: FeedItem) => boolean;
  /**
   * What a commit needs before its transaction, such as reading or parsing. Some are prepared at once; they are applied
   * in order. When it rejects, the projection stops: it is for what will work another time.
   *
   * @param before resolves when every commit before this one is applied: for what depends on the rows of those
   */
  readonly prepare?: (item: FeedItem, before: () => Promise<void>) => Promise<Prepared>;
  /** Writes the rows of a batch; runs inside the transaction that moves the checkpoint. */
  readonly apply: (items: readonly PreparedItem<Prepared>[]) => void;
  /** Called after each batch: it is committed, or there was nothing to apply in it. */
  readonly onCommitted?: (progress: ProjectionProgress) => void;
  /**
   * Called for a commit that cannot be read, or that `apply` throws on, inside a transaction that moves the checkpoint
   * past it. Without it, or when it throws, the projection stops.
   */
  readonly onPoison?: (commit: PoisonCommit, error: unknown) => void;
}

export interface RunningProjection {
  /** Last sequence up to which everything is applied and committed; 0 before the first. */
  seq(): number;
  /** Somebody waits for a sequence: it is not kept for others to be written together with it. */
  hurry(seq: number): void;
  /** Resolves when a sequence is applied, which is hurried; rejects when the projection stops before. */
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
export async function runProjection<Prepared = undefined>(
  options: ProjectionOptions<Prepared>,
): Promise<RunningProjection> {
  const { log, partition, prepare } = options;
  const writer = openBatchWriter(options);
  const from = readCheckpoint(options.db, options.name);
  if (from) await verifyCheckpoint(log, partition, from);

  const waiting = new Set<Waiter>();
  let stopped = false;
  const isStopped = () => stopped;
  const awaited = keepAwaitedSeqs();
  const hurry = { isAwaited: ({ seq }: FeedItem) => awaited.isReachedBy(seq), look: () => {} };
  const hurryUp = (seq: number) => {
    if (seq <= writer.seq()) return;
    awaited.add(seq);
    hurry.look();
  };
  let feed = log.commits(partition, { afterSeq: writer.seq() });

  function committed(pending: number): void {
    awaited.forget(writer.seq());
    options.onCommitted?.({ partition, seq: writer.seq(), pending });
    for (const waiter of waiting) {
      if (waiter.seq > writer.seq()) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  }

  const caughtUp = (seq: number) =>
    new Promise<void>((resolve, reject) => {
      if (seq <= writer.seq()) resolve();
      else if (stopped) reject(new Error('the projection is stopped'));
      else {
        waiting.add({ seq, resolve, reject });
        hurryUp(seq);
      }
    });

  /** Also those who prepare a commit and wait for the ones before it. */
  function refuseWaiting(reason: unknown): void {
    for (const { reject } of waiting) reject(reason);
    waiting.clear();
  }

  /** In the order of the feed: sequences may have gaps, so the commit before is the one that came before. */
  function openPrepare(afterSeq: number, prepareOne: NonNullable<typeof prepare>) {
    let last = afterSeq;
    return (item: FeedItem) => {
      const before = last;
      last = item.seq;
      return prepareOne(item, () => caughtUp(before));
    };
  }

  async function run(): Promise<void> {
    while (!isStopped()) {
      // Without `prepare` nothing reads what was prepared.
      const items = prepare
        ? prepareAhead(feed, openPrepare(writer.seq(), prepare))
        : (feed as AsyncIterable<PreparedItem<Prepared>>);
      const broken = await drainFeed(items, {
        isDue: (batch) => writer.isDue(batch),
        write(batch, due) {
          if (isStopped()) return;
          if (due) writer.commit(batch);
          else writer.pass(batch);
          committed(batch.at(-1)?.pending ?? 0);
        },
        stop: () => void feed.stop(),
        hurry,
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
    refuseWaiting(error);
    await feed.stop().catch(() => undefined);
    throw error;
  });
  // Whoever awaits `ended` or `caughtUp` hears of it; by itself it must not bring the process down.
  ended.catch(() => undefined);

  return {
    seq: () => writer.seq(),
    ended,
    hurry: hurryUp,
    caughtUp,
    async stop() {
      stopped = true;
      // Before the end is waited for: a commit that is being prepared may wait for one that is not applied any more.
      refuseWaiting(new Error('the projection is stopped'));
      await feed.stop();
      await ended.catch(() => undefined);
    },
  };
}

/** Writes batches and moves the checkpoint with them. */
function openBatchWriter<Prepared>(options: ProjectionOptions<Prepared>) {
  const { db, name, log, partition, apply, onPoison, concerns = () => true } = options;
  type Item = PreparedItem<Prepared>;
  let checkpoint = readCheckpoint(db, name);
  let movedAt = Number.NEGATIVE_INFINITY;
  /** Last sequence of commits that had nothing to apply and that the checkpoint does not tell of yet. */
  let passed = 0;

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

  function commit(items: readonly Item[]): void {
    const fresh = items.filter(({ seq }) => seq > (checkpoint?.seq ?? 0));
    const last = fresh.at(-1);
    if (!last) return;
    try {
      checkpoint = transact.immediate(last, () => apply(fresh.filter(concerns)));
      movedAt = performance.now();
    } catch (error) {
      if (!isPoison(error)) throw error;
      // The batch is rolled back; one by one shows which commit it was.
      if (fresh.length === 1) park(last, error);
      else for (const item of fresh) commit([item]);
    }
  }

  return {
    seq: () => Math.max(checkpoint?.seq ?? 0, passed),
    /** Whether a batch is to be committed now: it has something to apply, or the checkpoint was not moved for long. */
    isDue: (items: readonly Item[]) => items.some(concerns) || performance.now() - movedAt >= UNCONCERNED_MS,
    commit,
    pass(items: readonly Item[]) {
      passed = items.at(-1)?.seq ?? passed;
    },
    park,
  };
}

/** What SQLite itself refuses (a full or broken disk, a lock) and a moved checkpoint are not the commit's fault. */
function isPoison(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'CheckpointMovedError') return false;
  const code = codeOf(error) ?? '';
  return !code.startsWith('SQLITE_') || code.startsWith('SQLITE_CONSTRAINT');
}
