import { codeOf, epochOf } from '@memlane/contracts';
import {
  inodeOf,
  openReaderDb,
  readCheckpoint,
  readLiveGeneration,
  type Db,
  type GenerationFiles,
} from '@memlane/projection';

/** The live read model of a partition and how far it has come. */
export interface ReadModelState {
  readonly db: Db;
  readonly generation: number;
  readonly seq: number;
  readonly epoch: string;
}

/** Follows the live generation of one partition's read model. */
export interface ReadModelSource {
  /** `undefined` while there is none. */
  read(): ReadModelState | undefined;
  close(): void;
}

export function followReadModel(
  { name, files }: { readonly name: string; readonly files: GenerationFiles },
  partition: number,
): ReadModelSource {
  let open: { readonly db: Db; readonly generation: number; readonly inode: number | undefined } | undefined;

  function current(): typeof open {
    const generation = readLiveGeneration(files);
    if (generation === undefined) return undefined;
    const path = files.db(generation, partition);
    const inode = inodeOf(path);
    // The projector begins a file of the same name anew when it was deleted or damaged.
    if (open?.generation === generation && open.inode === inode) return open;
    open?.db.close();
    open = undefined;
    const db = openIfThere(path);
    if (db) open = { db, generation, inode };
    return open;
  }

  return {
    read() {
      const live = current();
      const checkpoint = live && readCheckpoint(live.db, name);
      if (!live || !checkpoint) return undefined;
      return { ...live, seq: checkpoint.seq, epoch: epochOf(checkpoint.streamCreated) };
    },
    close() {
      open?.db.close();
      open = undefined;
    },
  };
}

/** `undefined` before the projector has made the file and its tables. */
function openIfThere(path: string): Db | undefined {
  let db: Db | undefined;
  try {
    db = openReaderDb(path);
    const ready = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'vector_outbox'").get() !== undefined;
    if (ready) return db;
  } catch (error) {
    if (codeOf(error) !== 'SQLITE_CANTOPEN') throw error;
  }
  db?.close();
  return undefined;
}
