import { live, type ProgressNotice } from '@memlane/contracts';
import type { Embedded } from '@memlane/embeddings';
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
import type { EmbedderModel } from './embedder-model.js';
import { embedNext, noticeOf, takeInOutbox, type VectorsTarget } from './project-partition.js';
import type { VectorSource } from './vector-source.js';
import { createWakeup } from './wakeup.js';

/** Notices come with every change; this is for those that are missed. */
const IDLE_MS = 2_000;
const RETRY_MS = 500;

/** The vectors of one kind and partition, kept up to what they are made from. */
export interface PartitionLoop {
  wake(): void;
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
  readonly embed: (texts: readonly string[]) => Promise<Embedded>;
  /** The embedder's model as far as it is known; asked before every round. */
  readonly model: () => EmbedderModel | undefined;
  readonly onModelChanged: () => void;
  readonly onStored: (dropped: readonly CollectionId[]) => void;
}): PartitionLoop {
  const { nc, dataDir, from, partition, log } = options;
  const { kind } = from;
  const db = openVectorsWriter(vectorsPathOf(dataDir, kind, partition));
  const source = from.follow(partition);
  const wakeup = createWakeup();
  let target: VectorsTarget | undefined;
  let stopped = false;

  function targetOf({ key, dimensions }: EmbedderModel): VectorsTarget {
    if (target?.set.model !== key) target = { kind, db, set: openSet(db, key, dimensions) };
    return target;
  }

  /** One intake and one batch. @returns how long to sleep; 0: go on at once */
  async function round(): Promise<number> {
    const model = options.model();
    const state = source.read();
    if (!model || !state) return IDLE_MS;
    const current = targetOf(model);
    const taken = takeInOutbox(state, from, current);
    const result = await embedNext(state, from, current, options.embed);
    if (taken || result === 'stored') {
      tell(noticeOf(state, current, partition));
      options.onStored([]);
    }
    switch (result) {
      case 'stored':
        return 0;
      case 'idle':
        if (countPending(db, current.set) === 0)
          options.onStored(dropOtherSets(db, current.set).map((dropped) => ({ ...dropped, kind })));
        return IDLE_MS;
      case 'model-changed':
        options.onModelChanged();
        return RETRY_MS;
      case 'off':
      case 'unavailable':
      case 'overloaded':
        return RETRY_MS;
    }
  }

  function tell(notice: ProgressNotice): void {
    if (!nc.isClosed()) nc.publish(live.progress(from.progress, partition), JSON.stringify(notice));
  }

  async function run(): Promise<void> {
    while (!stopped) {
      let wait: number;
      try {
        wait = await round();
      } catch (error) {
        log.error({ err: error, kind, partition }, 'could not project vectors');
        wait = IDLE_MS;
      }
      if (wait > 0) await wakeup.sleep(wait);
    }
  }

  const running = run();
  return {
    wake: () => wakeup.wake(),
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
      stopped = true;
      wakeup.wake();
      await running;
      source.close();
      db.close();
    },
  };
}
