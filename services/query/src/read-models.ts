import { setTimeout } from 'node:timers/promises';
import { codeOf, epochOf, limit, memlaneError } from '@memlane/contracts';
import {
  inodeOf,
  isDamaged,
  openReaderDb,
  readCheckpoint,
  readLiveGeneration,
  type Db,
  type GenerationFiles,
} from '@memlane/projection';

/** How often an open file is compared with the one of its name, ms: a read model can be deleted and built anew. */
const CHECK_MS = 1_000;
const LOOK_MS = 50;

interface OpenFile {
  readonly db: Db;
  readonly inode: number | undefined;
  checkedAt: number;
}

/** Read-only connections to the live generation, one for each partition, opened when they are first needed. */
export interface ReadModels {
  /** @throws MemlaneError `MEMLANE_ERR_UNAVAILABLE` when there is no file yet */
  db(partition: number): Db;
  /** Last applied sequence and the epoch of the log that it counts in; `undefined` before the first commit. */
  applied(partition: number): { readonly seq: number; readonly epoch: string } | undefined;
  generation(): number | undefined;
  /** Looks which generation is live; closes the files of another one. */
  refresh(): void;
  close(): void;
}

/** What a process reads: the files of one projection. */
export interface ReadProjection {
  readonly name: string;
  readonly files: GenerationFiles;
  /** `user_version` of a file that this program understands. */
  readonly version: number;
}

/** @param onDamaged told when a file cannot be opened because it is damaged */
export function openReadModels(projection: ReadProjection, onDamaged: () => void): ReadModels {
  const files = new Map<number, OpenFile>();
  let generation = readLiveGeneration(projection.files);

  function closeAll(): void {
    for (const { db } of files.values()) db.close();
    files.clear();
  }

  function refresh(): void {
    const now = readLiveGeneration(projection.files);
    if (now === generation) return;
    generation = now;
    closeAll();
  }

  function open(partition: number): OpenFile {
    for (let attempt = 0; attempt < 2; attempt++) {
      if (generation !== undefined) {
        const path = projection.files.db(generation, partition);
        const inode = inodeOf(path);
        const db = tryOpen(path, projection.version, onDamaged);
        if (db) return { db, inode, checkedAt: performance.now() };
      }
      // A rebuild may have replaced the generation since.
      refresh();
    }
    throw memlaneError('MEMLANE_ERR_UNAVAILABLE', undefined, { retry_after_seconds: 1 });
  }

  function fileOf(partition: number): OpenFile {
    let file = files.get(partition);
    if (file && performance.now() - file.checkedAt > CHECK_MS) {
      file.checkedAt = performance.now();
      const path = generation === undefined ? '' : projection.files.db(generation, partition);
      if (inodeOf(path) !== file.inode) {
        file.db.close();
        files.delete(partition);
        refresh();
        file = undefined;
      }
    }
    if (!file) files.set(partition, (file = open(partition)));
    return file;
  }

  return {
    db: (partition) => fileOf(partition).db,
    applied(partition) {
      const checkpoint = readCheckpoint(fileOf(partition).db, projection.name);
      return checkpoint && { seq: checkpoint.seq, epoch: epochOf(checkpoint.streamCreated) };
    },
    generation: () => generation,
    refresh,
    close: closeAll,
  };
}

/** `undefined` when the file is missing, is being made at this moment, is damaged, or is of another version. */
function tryOpen(path: string, version: number, onDamaged: () => void): Db | undefined {
  let db: Db | undefined;
  try {
    db = openReaderDb(path);
    if (db.pragma('user_version', { simple: true }) === version) return db;
  } catch (error) {
    if (!codeOf(error)?.startsWith('SQLITE_')) throw error;
    if (isDamaged(error)) onDamaged();
  }
  db?.close();
  return undefined;
}

/** The projector makes the files before it names the generation. @throws Error when there are none in time */
export async function untilThereAreFiles({ name, files }: ReadProjection): Promise<void> {
  const deadline = performance.now() + limit('connect_wait_ms');
  while (readLiveGeneration(files) === undefined) {
    if (performance.now() > deadline) throw new Error(`there is nothing to read: does the ${name} projector run?`);
    await setTimeout(LOOK_MS);
  }
}
