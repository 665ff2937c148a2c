import { type Env } from '@memlane/contracts';
import { connectNats, openLog, type EventLog } from '@memlane/event-log';
import { LogRegressedError } from '@memlane/projection';
import { readGeneration, writeGeneration } from '@memlane/read-model';
import type { Logger } from '@memlane/telemetry';
import { resolve } from 'node:path';
import { removeGeneration, removeOtherGenerations, startRebuild, type Rebuild } from './rebuild.js';
import { ReadModelVersionError, runGeneration, stopAll, type PartitionRun } from './run-generation.js';
import { serveAdmin } from './serve-admin.js';

const SERVICE = 'memory-projector';

interface LiveGeneration {
  readonly generation: number;
  readonly runs: readonly PartitionRun[];
}

/** Projects the memory events of every partition into SQLite, and rebuilds the read model on request. */
export async function start({ env, log }: { env: Env; log: Logger }): Promise<{ stop(): Promise<void> }> {
  const dataDir = resolve(env.MEMLANE_DATA_DIR);
  const nc = await connectNats(env, { name: SERVICE });
  const events = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
  let current = await startLive(events, dataDir, log);
  await removeOtherGenerations(dataDir, current.generation);
  watch(current.runs);

  let rebuild: Rebuild | undefined;
  let rebuilding: Promise<void> | undefined;

  async function followRebuild(running: Rebuild): Promise<void> {
    const replaced = current;
    try {
      const runs = await running.finished;
      current = { generation: replaced.generation + 1, runs };
      watch(runs);
      await removeOtherGenerations(dataDir, current.generation);
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
    current = { generation, runs: await runGeneration(events, dataDir, { generation, onParked: warnParked(log) }) };
    watch(current.runs);
  }

  let stopping = false;
  const admin = serveAdmin(nc, SERVICE, {
    status: async () => ({
      service: SERVICE,
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
        rebuild = startRebuild(events, dataDir, current);
        rebuilding = followRebuild(rebuild);
      }
      return { accepted, rebuild: await rebuild?.status() };
    },
  });

  return {
    async stop() {
      stopping = true;
      admin.stop();
      rebuild?.cancel();
      await rebuilding;
      await stopAll(current.runs);
      await nc.drain();
    },
  };
}

/** A projection that stops by itself has lost its file or its log: the process ends and is started again. */
function watch(runs: readonly PartitionRun[]): void {
  for (const { projection } of runs)
    projection.ended.catch((error: unknown) => {
      queueMicrotask(() => {
        throw error;
      });
    });
}

function warnParked(log: Logger) {
  return (partition: number, seq: number) =>
    log.error({ partition, seq }, 'an event could not be applied: owner parked');
}

/**
 * Runs the live generation. One that does not belong to the log, or was written by another version, is not served any
 * longer: an empty one takes its place at once and fills from the log.
 */
async function startLive(events: EventLog, dataDir: string, log: Logger): Promise<LiveGeneration> {
  const generation = readGeneration(dataDir);
  const onParked = warnParked(log);
  if (generation !== undefined) {
    try {
      return { generation, runs: await runGeneration(events, dataDir, { generation, onParked }) };
    } catch (error) {
      if (!(error instanceof LogRegressedError || error instanceof ReadModelVersionError)) throw error;
      log.warn({ reason: error.message, generation }, 'the read model is rebuilt from the log');
    }
  }
  const fresh = (generation ?? 0) + 1;
  removeGeneration(dataDir, fresh);
  const runs = await runGeneration(events, dataDir, { generation: fresh, onParked });
  writeGeneration(dataDir, fresh);
  return { generation: fresh, runs };
}
