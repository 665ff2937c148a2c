import { limit } from '@memlane/contracts';
import { MEMORY_PROJECTION, readModelFiles, readOutboxTexts, readVectorOutbox } from '@memlane/read-model';
import { followReadModel } from './read-model-source.js';
import type { VectorSource } from './vector-source.js';

/** Small, so that a memory is found soon after it was stored; the model is no faster with more. */
const MEMORIES_PER_BATCH = 32;
/** The embedder takes their texts in turn, so that one who imports much delays the others by a text each. */
const OWNERS_AT_ONCE = 4;
/** Owners with a few new memories never wait until one of those who import much is done. */
const FRESH_OWNERS_AT_ONCE = 16;

/** Vectors of memories, from the read model. */
export function memorySource(dataDir: string): VectorSource {
  const files = readModelFiles(dataDir);
  const fresh = limit('fresh_memories');
  return {
    kind: 'memory',
    projection: MEMORY_PROJECTION,
    progress: 'vectors',
    lanes: [
      { lane: 'fresh', batch: fresh, waitingAtMost: fresh, ownersAtOnce: FRESH_OWNERS_AT_ONCE },
      { lane: 'bulk', batch: MEMORIES_PER_BATCH, ownersAtOnce: OWNERS_AT_ONCE },
    ],
    follow: (partition) => followReadModel({ name: MEMORY_PROJECTION, files }, partition),
    intake: { rows: 512 },
    readOutbox: readVectorOutbox,
    readTexts: readOutboxTexts,
  };
}
