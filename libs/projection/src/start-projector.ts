import { live } from '@memlane/contracts';
import type { EventLog } from '@memlane/event-log';
import type { Logger } from '@memlane/telemetry';
import { LogRegressedError } from './checkpoint.js';
import { isDamaged, setAside } from './damage.js';
import { readLiveGeneration, writeLiveGeneration } from './generation.js';
import type { ProjectedModel } from './projected-model.js';
import { removeGeneration, removeOtherGenerations, startRebuild, unusedGeneration, type Rebuild } from './rebuild.js';
import { FileVersionError, runGeneration, stopAll, type PartitionRun } from './run-generation.js';
import { serveAdmin } from './serve-admin.js';
import { watchFiles } from './watch-files.js';

interface LiveGeneration {
  readonly generation: number;
  readonly runs: readonly PartitionRun[];
}

/**
 * Keeps a model up to every partition of the log, and answers `admin.<service>.status` and `.rebuild`, which builds the
 * model anew beside the live one.
 */
export async function startProjector<Prepared>(options: {
  readonly service: string;
  readonly events: EventLog;
  readonly model: ProjectedModel<Prepared>;
  readonly log: Logger;
}): Promise<{ stop(): Promise<void> }> {
  const { service, events, model, log } = options;
  let stopping = false;
  /** A projection that stops by itself has lost its file or its log: the process ends and is started again. */
  const endProcess = (error: unknown) => {
    if (stopping) return;
    queueMicrotask(() => {
      throw error;
    });
  };
  const watch = (runs: readonly PartitionRun[]) => {
    for (const { projection, path } of runs)
      projection.ended.catch(async (error: unknown) => {
        if (isDamaged(error) && !stopping) {
          // The next start would come as far as this one: it needs another file, and rather all at once.
          setAside(path, log);
          await files.check();
        }
        endProcess(error);
      });
  };

  let current = await startLive(events, model, log);
  await removeOtherGenerations(model.files, current.generation);
  watch(current.runs);

  let rebuild: Rebuild | undefined;
  let rebuilding: Promise<void> | undefined;

  async function followRebuild(running: Rebuild): Promise<void> {
    const replaced = current;
    try {
      const runs = await running.finished;
      current = { generation: replaced.generation + 1, runs };
      watch(runs);
      await removeOtherGenerations(model.files, current.generation);
      log.info({ generation: current.generation }, 'rebuilt');
    } catch (error) {
      log.error({ err: error }, 'rebuild failed');
      // It may have stopped some of the old writers already.
      if (!stopping) await restart(replaced);
    } finally {
      rebuilding = undefined;
    }
  }

  async function restart({ generation, runs }: LiveGeneration): Promise<void> {
    await stopAll(runs);
    current = { generation, runs: await runGeneration(events, model, { generation, logger: log }) };
    watch(current.runs);
  }

  /** Files that were deleted, or replaced, or damaged where only readers look. */
  const files = watchFiles(model.files, () => current, log, endProcess);

  const admin = serveAdmin(events.nc, service, {
    status: async () => ({
      service,
      generation: current.generation,
      partitions: current.runs.map(({ partition, projection, pending, parked }) => ({
        partition,
        seq: projection.seq(),
        pending: pending(),
        parked: parked(),
      })),
      ...(rebuild && { rebuild: await rebuild.status() }),
    }),
    rebuild: async () => {
      const accepted = rebuilding === undefined;
      if (accepted) {
        rebuild = startRebuild(events, model, log, current);
        rebuilding = followRebuild(rebuild);
      }
      return { accepted, rebuild: await rebuild?.status() };
    },
    check: () => files.check(),
  });

  const awaited = events.nc.subscribe(live.awaitedAll(model.name), {
    callback: (error, message) => {
      const seq = error ? NaN : Number(message.string());
      const partition = Number(message.subject.slice(message.subject.lastIndexOf('.') + 1));
      if (Number.isSafeInteger(seq)) current.runs[partition]?.projection.hurry(seq);
    },
  });

  return {
    async stop() {
      stopping = true;
      awaited.unsubscribe();
      admin.stop();
      files.stop();
      rebuild?.cancel();
      await rebuilding;
      await stopAll(current.runs);
    },
  };
}

/**
 * Runs the live generation. One that does not belong to the log, or was written by another version, is not served any
 * longer: an empty one takes its place at once and fills from the log.
 */
async function startLive<Prepared>(
  events: EventLog,
  model: ProjectedModel<Prepared>,
  logger: Logger,
): Promise<LiveGeneration> {
  const { files } = model;
  const generation = readLiveGeneration(files);
  if (generation !== undefined) {
    try {
      return { generation, runs: await runGeneration(events, model, { generation, logger }) };
    } catch (error) {
      if (!(error instanceof LogRegressedError || error instanceof FileVersionError)) throw error;
      logger.warn({ reason: error.message, generation }, 'the projection is rebuilt from the log');
    }
  } else setAside(files.current, logger);
  const fresh = generation === undefined ? unusedGeneration(files) : generation + 1;
  removeGeneration(files, fresh);
  const runs = await runGeneration(events, model, { generation: fresh, logger });
  writeLiveGeneration(files, fresh);
  return { generation: fresh, runs };
}
