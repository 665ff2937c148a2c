import type { Db } from '@memlane/projection';
import { LRUCache } from 'lru-cache';
import { nearestOf, rollUp, type Hit } from './nearest.js';
import { OwnerMatrix, TopHits } from './owner-matrix.js';
import { readChanges, readOwner, readSome, type MemoryVectors } from './read-vectors.js';
import type { VectorSet } from './vectors-file.js';

const MEMORIES_PER_READ = 2_000;

/** Compares a query with every vector. */
export interface ExactSearch {
  nearest(db: Db, set: VectorSet, partition: number, owner: string, query: Float32Array, k: number): Promise<Hit[]>;
  among(db: Db, set: VectorSet, owner: string, query: Float32Array, k: number, memoryIds: readonly string[]): Hit[];
  compare(memories: readonly MemoryVectors[], query: Float32Array): Hit[];
  /** Lets go of what was read from the file of a partition. */
  forget(partition: number): void;
}

/** @param options.cacheBytes vectors of active owners that stay in memory; a larger owner is read from the file */
export function openExactSearch(options: {
  readonly cacheBytes: number;
  readonly breathe: () => Promise<void>;
}): ExactSearch {
  const { cacheBytes, breathe } = options;
  const matrices = new LRUCache<string, OwnerMatrix>({
    maxSize: cacheBytes,
    sizeCalculation: (matrix) => Math.ceil(matrix.bytes),
  });

  function refresh(db: Db, set: VectorSet, key: string, owner: string, size: { vectors: number; rev: number }) {
    const matrix = matrices.get(key) ?? new OwnerMatrix(set.dimensions, size.vectors);
    if (matrix.rev >= size.rev) return matrix;
    for (;;) {
      const changes = readChanges(db, set, owner, matrix.rev, MEMORIES_PER_READ);
      matrix.apply(changes);
      if (changes.length < MEMORIES_PER_READ) break;
    }
    // Set again although it may be there: its size has changed.
    matrices.delete(key);
    matrices.set(key, matrix);
    return matrix;
  }

  async function scanFile(db: Db, set: VectorSet, owner: string, query: Float32Array, k: number): Promise<Hit[]> {
    const top = new TopHits(k);
    for (let rev = 0; ;) {
      const memories = readChanges(db, set, owner, rev, MEMORIES_PER_READ);
      for (const hit of compare(memories, query)) top.offer(hit.memoryId, hit.similarity);
      const last = memories.at(-1);
      if (!last || memories.length < MEMORIES_PER_READ) break;
      rev = last.rev;
      await breathe();
    }
    // A memory that changed in the middle of the scan came twice.
    return rollUp(top.hits(), k);
  }

  return {
    async nearest(db, set, partition, owner, query, k) {
      const size = readOwner(db, set, owner);
      if (size.vectors === 0) return [];
      // Half: one owner's matrix must not push out everybody else's.
      if (size.vectors * set.dimensions * 4 > cacheBytes / 2) return scanFile(db, set, owner, query, k);
      const matrix = refresh(db, set, `${partition}/${set.id}/${set.model}/${owner}`, owner, size);
      return matrix.nearest(query, k, breathe);
    },
    among: (db, set, owner, query, k, memoryIds) => rollUp(compare(readSome(db, set, owner, memoryIds), query), k),
    compare,
    forget(partition) {
      for (const key of [...matrices.keys()]) if (key.startsWith(`${partition}/`)) matrices.delete(key);
    },
  };
}

function compare(memories: readonly MemoryVectors[], query: Float32Array): Hit[] {
  return memories
    .filter(({ pieces }) => pieces > 0)
    .map(({ memoryId, vectors, pieces }) => ({ memoryId, similarity: nearestOf(query, vectors, 0, pieces) }));
}
