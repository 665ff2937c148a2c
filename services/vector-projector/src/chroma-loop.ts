import { isDamaged } from '@memlane/projection';
import type { Logger } from '@memlane/telemetry';
import { ChromaAway, isBehind, openChromaWriter, type ChromaSource, type CollectionId } from '@memlane/vector-store';
import { createWakeup } from './wakeup.js';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
const IDLE_MS = 60_000;
const PROBES_WAITING = 256;

/** The one writer of Chroma, for all partitions. */
export interface ChromaLoop {
  wake(): void;
  /** Vectors of some owners have changed: wakes it when one of them is behind. */
  wakeFor(source: ChromaSource, owners: Iterable<string>): void;
  /** Looks at a collection that somebody found broken. */
  probe(source: ChromaSource, owner: string): void;
  drop(collections: readonly CollectionId[]): Promise<void>;
  state(): 'ok' | 'away';
  stop(): Promise<void>;
}

/** @param sources the files as they are now; asked before every round */
export function startChromaLoop(options: {
  readonly url: string;
  readonly from: number;
  readonly sources: () => readonly ChromaSource[];
  /** Told when one of the files is damaged. */
  readonly onDamaged: () => void;
  readonly log: Logger;
}): ChromaLoop {
  const { sources, from, log } = options;
  const writer = openChromaWriter(options);
  const wakeup = createWakeup();
  const probes = new Map<string, { readonly source: ChromaSource; readonly owner: string }>();
  let stopped = false;
  let state: 'ok' | 'away' = 'ok';

  /** One batch for every owner that is behind, so that none waits for another's large set. */
  async function round(): Promise<boolean> {
    for (const [key, { source, owner }] of probes) {
      probes.delete(key);
      if ((await writer.probe(source, owner)) === 'refilled') log.warn('a broken Chroma collection is refilled');
    }
    let worked = false;
    for (const source of sources()) worked = (!stopped && (await writer.applyOnce(source))) || worked;
    return worked;
  }

  async function run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!stopped) {
      try {
        const worked = await round();
        if (state === 'away') log.info('Chroma is back');
        state = 'ok';
        retryMs = FIRST_RETRY_MS;
        if (!worked) await wakeup.sleep(IDLE_MS);
      } catch (error) {
        if (isDamaged(error)) options.onDamaged();
        if (!(error instanceof ChromaAway)) log.error({ err: error }, 'could not write to Chroma');
        else if (state === 'ok') log.warn('Chroma is away: search goes on exactly');
        state = 'away';
        // It may have lost something when it went.
        writer.forgetProbes();
        await wakeup.sleep(retryMs);
        retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
      }
    }
  }

  const running = run();
  const wake = () => {
    if (state === 'ok') wakeup.wake();
  };
  return {
    wake,
    wakeFor({ db, set }, owners) {
      // Most owners have too little for a collection, and a round asks every file who is behind.
      for (const owner of owners) if (isBehind(db, set, owner, from)) return wake();
    },
    probe(source, owner) {
      if (probes.size < PROBES_WAITING) probes.set(`${source.kind ?? ''}/${source.set.id}/${owner}`, { source, owner });
      wakeup.wake();
    },
    drop: (collections) => writer.drop(collections),
    state: () => state,
    async stop() {
      stopped = true;
      wakeup.wake();
      await running;
    },
  };
}
