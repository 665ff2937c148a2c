import { live, type ProgressNotice } from '@memlane/contracts';
import { BETWEEN_CHECKS_MS, inodeOf, isDamaged, isSound, openOrSetAside, setAside, type Db } from '@memlane/projection';
import type { Logger } from '@memlane/telemetry';
import {
  appliedSeqOf,
  countPending,
  dropOtherSets,
  openSet,
  openVectorsWriter,
  summarizeChroma,
  vectorsPathOf,
  type CollectionId,
} from '@memlane/vector-store';
import type { NatsConnection } from '@nats-io/nats-core';
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbedderModel } from './embedder-model.js';
import {
  embedBatch,
  noticeOf,
  pickBatch,
  takeInOutbox,
  type Batch,
  type Embed,
  type VectorsTarget,
} from './project-partition.js';
import type { ReadModelState } from './read-model-source.js';
import type { SourceLane, VectorSource } from './vector-source.js';
import { createWakeup } from './wakeup.js';

/** Notices come with every change; this is for those that are missed. */
const IDLE_MS = 2_000;
const RETRY_MS = 500;
/** Commits without anything for this file move its cursor no more often. */
const UNCONCERNED_MS = 1_000;

/** The vectors of one kind and partition, kept up to what they are made from. */
export interface PartitionLoop {
  wake(): void;
  /** Has the file read as a whole before the next round: somebody has found it damaged. */
  check(): void;
  /** `undefined` before there is a model. */
  target(): VectorsTarget | undefined;
  status(): Record<string, number>;
  stop(): Promise<void>;
}

export function startPartitionLoop(options: {
  readonly nc: NatsConnection;
  readonly dataDir: string;
  readonly from: VectorSource;
  readonly partition: number;
  readonly log: Logger;
  readonly embed: Embed;
  /** The embedder's model as far as it is known; asked before every round. */
  readonly model: () => EmbedderModel | undefined;
  readonly onModelChanged: () => void;
  /** Told of another {@link PartitionLoop.target}. */
  readonly onOpened: () => void;
  /** Told whose vectors have changed. */
  readonly onChanged: (target: VectorsTarget, owners: Iterable<string>) => void;
  /** Told which collections are of no use any more. */
  readonly onDropped: (collections: readonly CollectionId[]) => void;
}): PartitionLoop {
  const { nc, dataDir, from, partition, log } = options;
  const { kind } = from;
  const path = vectorsPathOf(dataDir, kind, partition);
  let { db, inode } = openFile(path, log);
  const source = from.follow(partition);
  const wakeup = createWakeup();
  let target: VectorsTarget | undefined;
  const stopping = new AbortController();
  /** Owners with a batch in the embedder, or one that failed a moment ago. */
  const inHand = new Map<string, { readonly lane: SourceLane; readonly done: Promise<void> }>();
  /** Whose turn it was last in each lane. */
  const lastOwners = new Map<SourceLane, string>();
  let suspected = false;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let tookInAt = Number.NEGATIVE_INFINITY;

  /**
   * Begins the file anew when it is not sound, or gone: all of it follows from the read model. Batches in hand fail at
   * the file that is closed, and are picked again from the new one.
   */
  function keepFile(): void {
    if (suspected && performance.now() - checkedAt > BETWEEN_CHECKS_MS) {
      checkedAt = performance.now();
      if (inodeOf(path) === inode && !isSound(path)) setAside(path, log);
    }
    suspected = false;
    if (inodeOf(path) === inode) return;
    log.warn({ file: path }, 'a vectors file is gone and is built anew');
    target = undefined;
    db.close();
    ({ db, inode } = openFile(path, log));
  }

  function targetOf({ key, dimensions }: EmbedderModel): VectorsTarget {
    if (target?.set.model !== key) {
      target = { kind, db, set: openSet(db, key, dimensions) };
      options.onOpened();
    }
    return target;
  }

  /** One intake, and a batch of everybody whose turn it is. */
  async function round(): Promise<void> {
    keepFile();
    const model = options.model();
    const state = source.read();
    if (!model || !state) return;
    const current = targetOf(model);
    const shrunk = await takeInOutbox(state, from, current, {
      withEmpty: performance.now() - tookInAt >= UNCONCERNED_MS,
      signal: stopping.signal,
    });
    if (shrunk) {
      tookInAt = performance.now();
      onProgress(state, current, shrunk);
    }
    if (stopping.signal.aborted) return;
    for (const lane of from.lanes) fill(lane, state, current);
    if (inHand.size === 0 && countPending(db, current.set) === 0)
      options.onDropped(dropOtherSets(db, current.set).map((dropped) => ({ ...dropped, kind })));
  }

  /** Gives the embedder what a lane has room for. */
  function fill(lane: SourceLane, state: ReadModelState, current: VectorsTarget): void {
    const open = [...inHand.values()].filter((batch) => batch.lane === lane);
    for (let owners = open.length; owners < lane.ownersAtOnce; owners += 1) {
      const after = lastOwners.get(lane) ?? '';
      const batch = pickBatch(state, from, lane, current, { after, except: new Set(inHand.keys()) });
      if (!batch) return;
      lastOwners.set(lane, batch.owner);
      const done = work(batch, state, current).finally(() => {
        inHand.delete(batch.owner);
        wakeup.wake();
      });
      inHand.set(batch.owner, { lane, done });
    }
  }

  /** Never rejects: what failed is still waiting, and comes again after a moment. */
  async function work(batch: Batch, state: ReadModelState, current: VectorsTarget): Promise<void> {
    try {
      const result = await embedBatch(batch, current, options.embed);
      if (result === 'stored') return onProgress(state, current, [batch.owner]);
      if (result === 'model-changed') options.onModelChanged();
    } catch (error) {
      // What was begun with a file that is gone fails with it.
      if (current.db === db) onFailure(error);
    }
    await delay(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  function onFailure(error: unknown): void {
    log.error({ err: error, kind, partition }, 'could not project vectors');
    if (!isDamaged(error)) return;
    // It is our file or the one that it is made from; each is looked at by its writer.
    suspected = true;
    if (!nc.isClosed()) nc.publish(live.admin(`${from.projection}-projector`, 'check'));
  }

  function onProgress(state: ReadModelState, current: VectorsTarget, owners: Iterable<string>): void {
    tell(noticeOf(state, current, partition));
    options.onChanged(current, owners);
  }

  function tell(notice: ProgressNotice): void {
    if (!nc.isClosed()) nc.publish(live.progress(from.progress, partition), JSON.stringify(notice));
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await round();
      } catch (error) {
        onFailure(error);
      }
      await wakeup.sleep(IDLE_MS);
    }
  }

  const running = run();
  return {
    wake: () => wakeup.wake(),
    check() {
      suspected = true;
      wakeup.wake();
    },
    target: () => target,
    status: () =>
      target
        ? {
            applied_seq: appliedSeqOf(db, target.set),
            pending: countPending(db, target.set),
            ...summarizeChroma(db, target.set),
          }
        : {},
    async stop() {
      stopping.abort();
      wakeup.wake();
      await running;
      await Promise.all([...inHand.values()].map(({ done }) => done));
      source.close();
      db.close();
    },
  };
}

function openFile(path: string, log: Logger): { readonly db: Db; readonly inode: number | undefined } {
  const db = openOrSetAside(path, log, () => openVectorsWriter(path));
  return { db, inode: inodeOf(path) };
}
