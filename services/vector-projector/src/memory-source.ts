import { MEMORY_PROJECTION, readModelFiles, readVectorOutbox } from '@memlane/read-model';
import { followReadModel } from './read-model-source.js';
import { readTexts } from './read-texts.js';
import type { VectorSource } from './vector-source.js';

/** Small, so that a memory is found soon after it was stored; the model is no faster with more. */
const MEMORIES_PER_BATCH = 32;

/** Vectors of memories, from the read model. */
export function memorySource(dataDir: string): VectorSource {
  const files = readModelFiles(dataDir);
  return {
    kind: 'memory',
    progress: 'vectors',
    batch: MEMORIES_PER_BATCH,
    follow: (partition) => followReadModel({ name: MEMORY_PROJECTION, files }, partition),
    readOutbox: (db, page) => readVectorOutbox(db, page).map((row) => ({ ...row, gone: row.text === undefined })),
    readTexts,
  };
}
