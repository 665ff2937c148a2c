import { setTimeout } from 'node:timers/promises';
import { formatPosition, limit, memlaneError, parsePosition, partitionOf, type Position } from '@memlane/contracts';
import type { EventLog } from '@memlane/event-log';
import type { FollowedWrites } from './follow-writes.js';
import type { ProgressTracker } from './progress-tracker.js';
import type { ReadModels } from './read-models.js';

/** Where an answer stands in the log. */
export interface Standing {
  readonly partition: number;
  /** Sequence that the answer includes at least. */
  readonly seq: number;
  /** Wire form of it. */
  readonly position: string;
  readonly behind: number;
  /**
   * The sequence that the caller asked for by a position; 0 for none. Not the owner's last write: it is found by its
   * words at once, and a search should not wait for the embedder after every store.
   */
  readonly wanted: number;
  /** Whether the answer includes the owner's last write, as far as it is known here. */
  readonly current: boolean;
}

export interface Freshness {
  /**
   * Waits, bounded, until the read model has passed the owner's last write and the position that a read asks for.
   * Missing the former shows in `behind`.
   *
   * @param position asked for by the caller: missing it is an error
   * @throws MemlaneError `MEMLANE_ERR_POSITION_UNKNOWN`, `MEMLANE_ERR_POSITION_NOT_REACHED`
   */
  reach(owner: string, position: string | undefined): Promise<Standing>;
  /** Waits, bounded, until the read model has passed the last write to the account of anybody. */
  reachAccounts(): Promise<void>;
  /** Whether a position is one of the owner's partition, in this log. */
  isOf(position: string, owner: string): boolean;
}

/** For how long the end of the log is taken to be what it was, ms. */
const END_OF_LOG_MS = 1_000;
/** How long a read waits to hear where the log ends. */
const END_OF_LOG_WAIT_MS = 200;

/** @param hurry tells the projector that a read waits for a sequence */
export function watchFreshness(
  log: EventLog,
  models: ReadModels,
  progress: ProgressTracker,
  writes: Pick<FollowedWrites, 'lastOf' | 'lastOfAccounts'>,
  hurry: (partition: number, seq: number) => void,
): Freshness {
  const ends = new Map<number, { seq: number; askedAt: number }>();

  function appliedSeq(partition: number): number {
    const applied = models.applied(partition);
    if (!applied) return 0;
    // The files of another log, which the projector is about to replace: nothing in them may be answered.
    if (applied.epoch !== log.epoch(partition))
      throw memlaneError('MEMLANE_ERR_UNAVAILABLE', undefined, { retry_after_seconds: 1 });
    return applied.seq;
  }

  /** The notices tell what is pending while the projector works; when they stop, the log itself is asked. */
  async function endOfLog(partition: number): Promise<number> {
    const latest = progress.latest(partition);
    const known = ends.get(partition);
    const noticed = latest ? latest.notice.seq + latest.notice.pending : 0;
    const now = performance.now();
    if (latest && now - latest.receivedAt < END_OF_LOG_MS) return noticed;
    if (known && now - known.askedAt < END_OF_LOG_MS) return Math.max(noticed, known.seq);
    const asked = log.lastSeq(partition).then(
      (seq) => {
        ends.set(partition, { seq, askedAt: performance.now() });
        return seq;
      },
      () => 0,
    );
    return Math.max(noticed, await Promise.race([asked, setTimeout(END_OF_LOG_WAIT_MS, 0)]));
  }

  /** @returns whether it was reached in time */
  function waitFor(partition: number, seq: number): Promise<boolean> {
    const reached = () => appliedSeq(partition) >= seq;
    if (!reached()) hurry(partition, seq);
    return progress.waitUntil(partition, reached, limit('position_wait_ms'));
  }

  return {
    async reach(owner, position) {
      const partition = partitionOf(owner, log.partitions);
      const asked = position === undefined ? 0 : seqOf(position, partition, log);
      if (asked === undefined) throw memlaneError('MEMLANE_ERR_POSITION_UNKNOWN', undefined, { field: 'position' });
      const written = await writes.lastOf(owner, partition);
      const wanted = Math.max(asked, written);
      if (wanted > 0) {
        const ok = await waitFor(partition, wanted);
        if (!ok && appliedSeq(partition) < asked)
          throw memlaneError('MEMLANE_ERR_POSITION_NOT_REACHED', undefined, {
            field: 'position',
            retry_after_seconds: 1,
          });
      }
      const end = await endOfLog(partition);
      const seq = appliedSeq(partition);
      const standing: Position = { partition, epoch: log.epoch(partition), seq };
      const behind = Math.max(0, end - seq, written - seq);
      return { partition, seq, position: formatPosition(standing), behind, wanted: asked, current: seq >= written };
    },
    async reachAccounts() {
      const partitions = Array.from({ length: log.partitions }, (_, partition) => partition);
      await Promise.all(
        partitions.map(async (partition) => {
          const written = await writes.lastOfAccounts(partition);
          if (written > 0) await waitFor(partition, written);
        }),
      );
    },
    isOf: (position, owner) => seqOf(position, partitionOf(owner, log.partitions), log) !== undefined,
  };
}

function seqOf(text: string, partition: number, log: EventLog): number | undefined {
  const position = parsePosition(text);
  return position?.partition === partition && position.epoch === log.epoch(partition) ? position.seq : undefined;
}
