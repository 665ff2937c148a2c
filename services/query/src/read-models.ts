import { statSync } from 'node:fs';
import { dataPaths, epochOf, memlaneError } from '@memlane/contracts';
import { openReaderDb, readCheckpoint, type Db } from '@memlane/projection';
import { MEMORY_PROJECTION, readGeneration, READ_MODEL_VERSION } from '@memlane/read-model';

/** How often an open file is compared with the one of its name, ms: a read model can be deleted and built anew. */
const CHECK_MS = 1_000;

interface OpenFile {
  readonly db: Db;
  readonly inode: number;
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

export function openReadModels(dataDir: string): ReadModels {
  const files = new Map<number, OpenFile>();
  let generation = readGeneration(dataDir);

  function closeAll(): void {
    for (const { db } of files.values()) db.close();
    files.clear();
  }

  function refresh(): void {
    const now = readGeneration(dataDir);
    if (now === generation) return;
    generation = now;
    closeAll();
  }

  function open(partition: number): OpenFile {
    for (let attempt = 0; attempt < 2; attempt++) {
      if (generation !== undefined) {
        const path = dataPaths(dataDir).memoryDb(generation, partition);
        const db = tryOpen(path);
        if (db) return { db, inode: statSync(path).ino, checkedAt: performance.now() };
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
      const path = generation === undefined ? '' : dataPaths(dataDir).memoryDb(generation, partition);
      if (statSync(path, { throwIfNoEntry: false })?.ino !== file.inode) {
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
      const checkpoint = readCheckpoint(fileOf(partition).db, MEMORY_PROJECTION);
      return checkpoint && { seq: checkpoint.seq, epoch: epochOf(checkpoint.streamCreated) };
    },
    generation: () => generation,
    refresh,
    close: closeAll,
  };
}

/** `undefined` when the file is missing, is being made at this moment, or is of another version. */
function tryOpen(path: string): Db | undefined {
  let db: Db | undefined;
  try {
    db = openReaderDb(path);
    if (db.pragma('user_version', { simple: true }) === READ_MODEL_VERSION) return db;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_'))) throw error;
  }
  db?.close();
  return undefined;
}
