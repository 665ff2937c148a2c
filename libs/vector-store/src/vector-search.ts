import { setImmediate as nextTurn } from 'node:timers/promises';
import { limit, type LegState } from '@memlane/contracts';
import { inodeOf, isDamaged, type Db } from '@memlane/projection';
import { openChromaReader, type ChromaReader } from './chroma-reader.js';
import { readAppliedRev } from './chroma-state.js';
import { openExactSearch, type ExactSearch } from './exact-search.js';
import { appliedSeqOf } from './intake.js';
import { rollUp, type Hit } from './nearest.js';
import { readChanges, readOwner } from './read-vectors.js';
import { vectorsPathOf, type VectorKind } from './vector-kind.js';
import { findNewestSet, findSet, openVectorsReader, type VectorSet } from './vectors-file.js';

/** Up to here comparing every vector is faster than asking Chroma. */
const EXACT_UP_TO = 2_000;
/** Memories that Chroma does not have yet; more of them are searched exactly with all the others. */
const LONGEST_TAIL = 1_000;

export interface VectorSearchOptions {
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  readonly partitions: number;
  /** Default: memory. */
  readonly kind?: VectorKind;
  /** Without one everything is searched exactly. */
  readonly chromaUrl?: string | undefined;
  /** Number of vectors up to which an owner is searched exactly although Chroma has them. Default 2,000. */
  readonly exactUpTo?: number;
  /** Vectors that are held in memory. Default `vector_cache_bytes`. */
  readonly cacheBytes?: number;
  /** Told about a collection that answered with an error; the vector projector should look at it. */
  readonly onBroken?: (owner: string, partition: number) => void;
  /** Told about a damaged vectors file, which the vector projector has to begin anew. */
  readonly onDamaged?: (partition: number) => void;
}

export interface NearestRequest {
  readonly owner: string;
  readonly partition: number;
  /** Of length 1. */
  readonly vector: Float32Array;
  /** Key of the model that made it. */
  readonly model: string;
  /** Memories wanted, at least 1. */
  readonly k: number;
  /** Only these memories, by id. */
  readonly among?: readonly string[] | undefined;
}

export interface NearestAnswer {
  /** Nearest first, each memory once, by its nearest piece. */
  readonly hits: Hit[];
  /** `behind`: there is no vector of this model yet. `unavailable`: there is no sound vectors file. */
  readonly state: Extract<LegState, 'ok' | 'behind' | 'unavailable'>;
  readonly tier: 'exact' | 'chroma' | 'none';
}

/** Nearest memories by their vectors, read-only. */
export interface VectorSearch {
  nearest(request: NearestRequest): Promise<NearestAnswer>;
  /** Last sequence up to which the vectors are complete: of one owner, or of everybody in the partition; 0: none. */
  appliedSeq(partition: number, of?: { readonly owner?: string; readonly model?: string }): number;
  close(): void;
}

export function openVectorSearch(options: VectorSearchOptions): VectorSearch {
  const {
    dataDir,
    kind = 'memory',
    chromaUrl,
    exactUpTo = EXACT_UP_TO,
    cacheBytes = limit('vector_cache_bytes'),
  } = options;
  const files = new Map<number, { readonly db: Db; readonly inode: number }>();
  const exact: ExactSearch = openExactSearch({ cacheBytes, breathe: () => nextTurn() });
  const chroma: ChromaReader | undefined = chromaUrl === undefined ? undefined : openChromaReader(chromaUrl, kind);

  function fileOf(partition: number): Db | undefined {
    if (!Number.isInteger(partition) || partition < 0 || partition >= options.partitions)
      throw new RangeError(`there is no partition ${partition}`);
    const path = vectorsPathOf(dataDir, kind, partition);
    const inode = inodeOf(path);
    const open = files.get(partition);
    if (open && open.inode === inode) return open.db;
    // The file was deleted to be built anew: what was read from the old one is void.
    if (open) {
      open.db.close();
      files.delete(partition);
      exact.forget(partition);
    }
    const db = inode === undefined ? undefined : openVectorsReader(path);
    if (db && inode !== undefined) files.set(partition, { db, inode });
    return db;
  }

  /** `undefined`: Chroma is not the place to ask. */
  async function nearestInChroma(db: Db, set: VectorSet, request: NearestRequest): Promise<Hit[] | undefined> {
    const { owner, partition, vector, k } = request;
    const applied = readAppliedRev(db, set, owner);
    const size = readOwner(db, set, owner);
    if (!chroma || !applied || size.vectors <= exactUpTo) return undefined;
    // Read before Chroma is asked: what comes in between is in neither, and then behind the answer's position.
    const tail = readChanges(db, set, owner, applied, LONGEST_TAIL + 1);
    if (tail.length > LONGEST_TAIL) return undefined;
    const piecesPerMemory = Math.ceil(size.vectors / Math.max(1, size.memories));
    const found = await chroma.nearest({ owner, model: set.model, vector, k: k + tail.length, piecesPerMemory });
    if (found.is === 'broken') options.onBroken?.(owner, partition);
    if (found.is !== 'ok') return undefined;
    const changed = new Set(tail.map(({ memoryId }) => memoryId));
    const unchanged = found.hits.filter(({ memoryId }) => !changed.has(memoryId));
    return rollUp([...unchanged, ...exact.compare(tail, vector)], k);
  }

  async function findNearest(request: NearestRequest): Promise<NearestAnswer> {
    const db = fileOf(request.partition);
    if (!db) return { hits: [], state: 'unavailable', tier: 'none' };
    const set = findSet(db, request.model);
    if (!set) return { hits: [], state: 'behind', tier: 'none' };
    if (set.dimensions !== request.vector.length) throw new RangeError('the vector has other dimensions');
    const { owner, vector, k, among, partition } = request;
    if (among) return { hits: exact.among(db, set, owner, vector, k, among), state: 'ok', tier: 'exact' };
    const hits = await nearestInChroma(db, set, request);
    if (hits) return { hits, state: 'ok', tier: 'chroma' };
    return { hits: await exact.nearest(db, set, partition, owner, vector, k), state: 'ok', tier: 'exact' };
  }

  /** A damaged file is as good as none until another one has taken its place. @throws every other error */
  function reportDamage(error: unknown, partition: number): void {
    if (!isDamaged(error)) throw error;
    options.onDamaged?.(partition);
  }

  return {
    async nearest(request) {
      try {
        return await findNearest(request);
      } catch (error) {
        reportDamage(error, request.partition);
        return { hits: [], state: 'unavailable', tier: 'none' };
      }
    },
    appliedSeq(partition, { owner, model } = {}) {
      try {
        const db = fileOf(partition);
        const set = db && (model === undefined ? findNewestSet(db) : findSet(db, model));
        return db && set ? appliedSeqOf(db, set, owner) : 0;
      } catch (error) {
        reportDamage(error, partition);
        return 0;
      }
    },
    close() {
      for (const { db } of files.values()) db.close();
      files.clear();
    },
  };
}
