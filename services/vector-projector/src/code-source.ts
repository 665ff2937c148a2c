import { CODE_PROJECTION, codeIndexFiles, readChunkOutbox, readChunkTexts } from '@memlane/code-index';
import type { Pace } from '@memlane/event-log';
import { followReadModel } from './read-model-source.js';
import type { VectorSource } from './vector-source.js';

/** Fewer than of memories, and one request at a time: what is read and cut up for it delays a memory little. */
const CHUNKS_PER_BATCH = 8;

/** Vectors of chunks, from the code index. */
export function codeSource(dataDir: string, pace: Pick<Pace, 'rest'>): VectorSource {
  const files = codeIndexFiles(dataDir);
  return {
    kind: 'code',
    projection: CODE_PROJECTION,
    progress: 'code-vectors',
    lanes: [{ lane: 'code', batch: CHUNKS_PER_BATCH, ownersAtOnce: 1 }],
    follow: (partition) => followReadModel({ name: CODE_PROJECTION, files }, partition),
    // A large repository is one commit of many thousand chunks, and a memory that was just stored waits meanwhile.
    intake: { rows: 64, rest: pace.rest },
    readOutbox: (db, { after: { memoryId: chunkId, ...commit }, limit }) =>
      readChunkOutbox(db, { after: { ...commit, ...(chunkId !== undefined && { chunkId }) }, limit }).map(
        ({ owner, chunkId: id, seq, gone }) => ({ owner, memoryId: id, seq, gone }),
      ),
    readTexts: (db, wanted) =>
      readChunkTexts(
        db,
        wanted.map(({ owner, memoryId, seq }) => ({ owner, chunkId: memoryId, seq })),
      ),
  };
}
