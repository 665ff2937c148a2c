import { live, type ProgressNotice } from '@memlane/contracts';
import type { EventLog, FeedItem } from '@memlane/event-log';
import { linkOf, SpanKind, tracer, type Logger } from '@memlane/telemetry';
import { openOrSetAside } from './damage.js';
import { inodeOf } from './file-identity.js';
import { openWriterDb, type Db } from './open-db.js';
import { listParked, parkOwner, type ParkedOwner } from './parked.js';
import type { ProjectedModel } from './projected-model.js';
import { runProjection, type RunningProjection } from './run-projection.js';

/** Causes that one batch's span names; a tracing backend bounds them anyway. */
const LINKS_PER_SPAN = 64;

/** A file was written by another version of this program: the generation has to be rebuilt. */
export class FileVersionError extends Error {
  constructor(projection: string) {
    super(`a file of the projection ${projection} is of another version`);
    this.name = 'FileVersionError';
  }
}

/** What to do with a commit that cannot be applied: park its owner and go on, or stop. */
export type PoisonPolicy = 'park' | 'stop';

export interface PartitionRun {
  readonly partition: number;
  readonly path: string;
  /** Whether its file still has its name: one that was deleted or replaced is read by nobody. */
  readonly hasFile: () => boolean;
  readonly projection: RunningProjection;
  readonly pending: () => number;
  readonly parked: () => ParkedOwner[];
  stop(): Promise<void>;
}

interface PartitionOptions {
  readonly generation: number;
  readonly partition: number;
  readonly poison: PoisonPolicy;
  /** Whether progress is told to others. */
  readonly isLive: () => boolean;
  readonly onParked?: (seq: number) => void;
  readonly logger: Logger;
}

/** Projects one partition into one file of a generation until it is stopped. A damaged file is set aside and begun anew. */
export async function runPartition<Prepared>(
  log: EventLog,
  model: ProjectedModel<Prepared>,
  options: PartitionOptions,
): Promise<PartitionRun> {
  const path = model.files.db(options.generation, options.partition);
  return openOrSetAside(path, options.logger, () => runFile(path, log, model, options));
}

async function runFile<Prepared>(
  path: string,
  log: EventLog,
  model: ProjectedModel<Prepared>,
  { generation, partition, poison, isLive, onParked }: PartitionOptions,
): Promise<PartitionRun> {
  const { name } = model;
  const db = openWriterDb(path);
  try {
    const inode = inodeOf(path);
    if (!model.prepareFile(db)) throw new FileVersionError(name);
    const writer = model.openWriter(db);
    let pending = 0;
    const projection = await runProjection<Prepared>({
      log,
      partition,
      db,
      name,
      ...writer,
      apply: (items) => traceBatch(name, partition, items, () => writer.apply(items)),
      onCommitted: (progress) => {
        pending = progress.pending;
        if (isLive()) publishProgress(log, name, { generation, partition, seq: progress.seq, pending });
      },
      onPoison: (commit, error) => {
        if (poison === 'stop') throw poisonError(partition, commit.seq, error);
        parkOwner(db, { owner: commit.owner, seq: commit.seq, reason: reasonOf(error) });
        onParked?.(commit.seq);
      },
    });
    if (isLive()) publishProgress(log, name, { generation, partition, seq: projection.seq(), pending });
    return {
      partition,
      path,
      hasFile: () => inodeOf(path) === inode,
      projection,
      pending: () => pending,
      parked: () => (db.open ? listParked(db) : []),
      stop: () => closeAfter(db, projection.stop()),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** All partitions of a generation. When one cannot be started, none runs. */
export async function runGeneration<Prepared>(
  log: EventLog,
  model: ProjectedModel<Prepared>,
  options: { generation: number; logger: Logger },
): Promise<PartitionRun[]> {
  const starting = Array.from({ length: log.partitions }, (_, partition) =>
    runPartition(log, model, {
      ...options,
      partition,
      poison: 'park',
      isLive: () => true,
      onParked: (seq) => options.logger.error({ partition, seq }, 'an event could not be applied: owner parked'),
    }),
  );
  const settled = await Promise.allSettled(starting);
  const runs = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) {
    await stopAll(runs);
    throw failed.reason;
  }
  return runs;
}

export async function stopAll(runs: readonly PartitionRun[]): Promise<void> {
  await Promise.all(runs.map((run) => run.stop()));
}

/** Tells query processes and the vector projector how far a partition is. */
export function publishProgress(log: EventLog, projection: string, progress: Omit<ProgressNotice, 'epoch'>): void {
  const notice: ProgressNotice = { ...progress, epoch: log.epoch(progress.partition) };
  log.nc.publish(live.progress(projection, progress.partition), JSON.stringify(notice));
}

function traceBatch(projection: string, partition: number, items: readonly FeedItem[], write: () => void): void {
  const links = items.slice(0, LINKS_PER_SPAN).flatMap(({ traceparent }) => linkOf(traceparent) ?? []);
  const attributes = { 'memlane.partition': partition, 'memlane.commits': items.length };
  const span = tracer().startSpan(`${projection}-projector apply`, { kind: SpanKind.CONSUMER, links, attributes });
  try {
    write();
  } finally {
    span.end();
  }
}

async function closeAfter(db: Db, stopped: Promise<void>): Promise<void> {
  await stopped;
  db.close();
}

/** Only our own messages are without user data: that of a parser, for one, quotes what it could not read. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  return error.name === 'Error' ? `Error: ${error.message}`.slice(0, 200) : error.name;
}

function poisonError(partition: number, seq: number, error: unknown): Error {
  return new Error(`commit ${seq} of partition ${partition} cannot be applied (${reasonOf(error)})`);
}
