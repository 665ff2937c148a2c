import { existsSync, readdirSync, rmSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EventLog } from '@memlane/event-log';
import type { Logger } from '@memlane/telemetry';
import { writeLiveGeneration, type GenerationFiles } from './generation.js';
import type { ProjectedModel } from './projected-model.js';
import { publishProgress, runPartition, stopAll, type PartitionRun } from './run-generation.js';

/** How far a rebuild is; `total` is the end of the log when it was asked. */
export interface RebuildStatus {
  readonly state: 'running' | 'done' | 'failed';
  readonly generation: number;
  readonly partitions: readonly { readonly partition: number; readonly done: number; readonly total: number }[];
  readonly error?: string;
}

export interface Rebuild {
  /** The runs of the new generation, which is live; rejects when the rebuild failed, and the old one is untouched. */
  readonly finished: Promise<PartitionRun[]>;
  status(): Promise<RebuildStatus>;
  cancel(): void;
}

/**
 * Builds the next generation from the log beside the live one and makes it the live one when it has caught up. One
 * partition after the other, so that live commits wait for one batch of the rebuild at most.
 */
export function startRebuild<Prepared>(
  log: EventLog,
  model: ProjectedModel<Prepared>,
  logger: Logger,
  current: { readonly generation: number; readonly runs: readonly PartitionRun[] },
): Rebuild {
  const generation = current.generation + 1;
  const cancel = new AbortController();
  const next: PartitionRun[] = [];
  let state: RebuildStatus['state'] = 'running';
  let problem: string | undefined;
  let live = false;

  const build = async (): Promise<PartitionRun[]> => {
    removeGeneration(model.files, generation);
    for (let partition = 0; partition < log.partitions; partition++) {
      cancel.signal.throwIfAborted();
      const run = await runPartition(log, model, {
        generation,
        partition,
        poison: 'stop',
        isLive: () => live,
        logger,
      });
      next.push(run);
      await untilAborted(cancel.signal, run.projection.caughtUp(await log.lastSeq(partition)));
    }
    // With the old writer stopped there is a last sequence of the old generation, and no reader ever goes back.
    for (const [index, old] of current.runs.entries()) {
      await old.stop();
      await untilAborted(cancel.signal, next[index]?.projection.caughtUp(old.projection.seq()));
    }
    writeLiveGeneration(model.files, generation);
    live = true;
    for (const { partition, projection, pending } of next)
      publishProgress(log, model.name, { generation, partition, seq: projection.seq(), pending: pending() });
    return next;
  };

  const finished = build().then(
    (runs) => {
      state = 'done';
      return runs;
    },
    async (error: unknown) => {
      state = 'failed';
      problem = error instanceof Error ? error.message : 'not an Error';
      await stopAll(next);
      removeGeneration(model.files, generation);
      throw error;
    },
  );

  return {
    finished,
    cancel: () => cancel.abort(),
    status: async () => ({
      state,
      generation,
      partitions: await Promise.all(
        Array.from({ length: log.partitions }, async (_, partition) => ({
          partition,
          done: next[partition]?.projection.seq() ?? 0,
          total: await log.lastSeq(partition),
        })),
      ),
      ...(problem !== undefined && { error: problem }),
    }),
  };
}

function untilAborted<T>(signal: AbortSignal, work: Promise<T> | undefined): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Error('the projector is stopping'));
    signal.addEventListener('abort', abort, { once: true });
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
  });
}

/** Removes what an interrupted rebuild has left. */
export function removeGeneration(files: GenerationFiles, generation: number): void {
  rmSync(folderOf(files, generation), { recursive: true, force: true });
}

/** Removes every generation but the live one; readers that still have a file open keep it until they let go. */
export async function removeOtherGenerations(files: GenerationFiles, generation: number): Promise<void> {
  const keep = folderOf(files, generation);
  for (const name of await readdir(files.root)) {
    const folder = join(files.root, name);
    if (folder === keep || !/^v\d+(?:\.gone)?$/.test(name)) continue;
    // Away at once, so that nobody opens a folder that is half removed.
    const gone = name.endsWith('.gone') ? folder : `${folder}.gone`;
    if (gone !== folder) await rename(folder, gone);
    await rm(gone, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One that no file of any other has been in; for when it is not known which one was live. */
export function unusedGeneration({ root }: GenerationFiles): number {
  if (!existsSync(root)) return 1;
  return 1 + Math.max(0, ...readdirSync(root).map((name) => Number(/^v(\d+)/.exec(name)?.[1] ?? 0)));
}

function folderOf(files: GenerationFiles, generation: number): string {
  return dirname(files.db(generation, 0));
}
