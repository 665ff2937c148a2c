import type { Db } from '@memlane/projection';
import type { Collection } from 'chromadb';
import { LRUCache } from 'lru-cache';
import { boundRequest, ChromaAway, collectionNameOf, connectChroma, vectorIdOf } from './chroma-client.js';
import { findBehind, markRefill, readAppliedRev, writeAppliedRev } from './chroma-state.js';
import { readChanges, readOwner, type MemoryVectors } from './read-vectors.js';
import type { VectorKind } from './vector-kind.js';
import type { VectorSet } from './vectors-file.js';

const VECTORS_PER_BATCH = 500;
const MEMORIES_PER_READ = 500;
const TIMEOUT_MS = 30_000;
const KNOWN_COLLECTIONS = 2_000;

/** A file whose vectors go to Chroma. */
export interface ChromaSource {
  readonly db: Db;
  readonly set: VectorSet;
  /** Default: memory. */
  readonly kind?: VectorKind;
}

/** A collection, by what its name is made of. */
export interface CollectionId {
  readonly owner: string;
  readonly model: string;
  readonly kind?: VectorKind | undefined;
}

/** Brings collections up to the vectors files. The only writer of its Chroma server: several are slower than one. */
export interface ChromaWriter {
  /**
   * Applies at most one batch for every owner that is behind. A collection that is broken or gone is dropped and
   * begun again.
   *
   * @returns whether there was anything to do
   * @throws ChromaAway when the server cannot be reached: nothing is lost, try again later
   */
  applyOnce(source: ChromaSource): Promise<boolean>;
  /** Looks at one collection, and begins it again when it does not answer or has another number of vectors. */
  probe(source: ChromaSource, owner: string): Promise<'sound' | 'refilled' | 'none'>;
  /** After the server was away: every collection is looked at again before it is next written. */
  forgetProbes(): void;
  /** Removes collections of a model that is no longer used, as far as the server answers. */
  drop(collections: readonly CollectionId[]): Promise<void>;
}

export function openChromaWriter({ url, from }: { url: string; from: number }): ChromaWriter {
  const chroma = connectChroma(url);
  /** Collections that have answered since the server came up. */
  const known = new LRUCache<string, Collection>({ max: KNOWN_COLLECTIONS });

  async function begin({ db, set, kind }: ChromaSource, owner: string): Promise<Collection> {
    const name = collectionNameOf(owner, set.model, kind);
    known.delete(name);
    // Left over from a file that was deleted, or broken: either way it is not to be trusted.
    await boundRequest(chroma.deleteCollection(name), TIMEOUT_MS).catch((error: unknown) => {
      if (error instanceof ChromaAway) throw error;
    });
    const collection = await boundRequest(chroma.createCollection(name), TIMEOUT_MS);
    writeAppliedRev(db, set, owner, 0);
    known.set(name, collection);
    return collection;
  }

  async function open(source: ChromaSource, owner: string): Promise<Collection> {
    const { db, set, kind } = source;
    if (readAppliedRev(db, set, owner) === undefined) return begin(source, owner);
    const name = collectionNameOf(owner, set.model, kind);
    const collection = known.get(name) ?? (await boundRequest(chroma.getCollection(name), TIMEOUT_MS));
    if (!known.has(name)) await boundRequest(collection.count(), TIMEOUT_MS);
    known.set(name, collection);
    return collection;
  }

  async function refill(source: ChromaSource, owner: string): Promise<void> {
    markRefill(source.db, source.set, owner);
    try {
      await begin(source, owner);
    } catch (error) {
      // A server that refuses even a new collection is no use for now.
      throw error instanceof ChromaAway ? error : new ChromaAway('Chroma refuses a new collection', { cause: error });
    }
  }

  async function applyTo(source: ChromaSource, owner: string): Promise<void> {
    const { db, set } = source;
    const collection = await open(source, owner);
    const changes = readChanges(db, set, owner, readAppliedRev(db, set, owner) ?? 0, MEMORIES_PER_READ);
    const batch = cutBatch(changes, VECTORS_PER_BATCH);
    const last = batch.at(-1);
    if (!last) return;
    await writeBatch(collection, batch, set.dimensions);
    writeAppliedRev(db, set, owner, last.rev);
  }

  return {
    async applyOnce(source) {
      const behind = findBehind(source.db, source.set, from);
      for (const owner of behind) {
        try {
          await applyTo(source, owner);
        } catch (error) {
          if (error instanceof ChromaAway) throw error;
          await refill(source, owner);
        }
      }
      return behind.length > 0;
    },
    async probe(source, owner) {
      const { db, set, kind } = source;
      const applied = readAppliedRev(db, set, owner);
      if (applied === undefined) return 'none';
      try {
        const name = collectionNameOf(owner, set.model, kind);
        const collection = await boundRequest(chroma.getCollection(name), TIMEOUT_MS);
        const count = await boundRequest(collection.count(), TIMEOUT_MS);
        const expected = readOwner(db, set, owner);
        // The count says more only when there is nothing left to apply; a query shows whether the index can be read.
        const same = applied < expected.rev || count === expected.vectors;
        await boundRequest(
          collection.query({ queryEmbeddings: [probeVector(set.dimensions)], nResults: 1, include: [] }),
          TIMEOUT_MS,
        );
        known.set(name, collection);
        if (same) return 'sound';
      } catch (error) {
        if (error instanceof ChromaAway) throw error;
      }
      await refill(source, owner);
      return 'refilled';
    },
    forgetProbes: () => known.clear(),
    async drop(collections) {
      for (const { owner, model, kind } of collections) {
        await boundRequest(chroma.deleteCollection(collectionNameOf(owner, model, kind)), TIMEOUT_MS).catch(() => {});
      }
    },
  };
}

/** As many whole memories as fit, at least one. */
export function cutBatch(changes: readonly MemoryVectors[], most: number): MemoryVectors[] {
  const batch: MemoryVectors[] = [];
  let vectors = 0;
  for (const change of changes) {
    vectors += change.mostPieces;
    if (batch.length > 0 && vectors > most) break;
    batch.push(change);
  }
  return batch;
}

async function writeBatch(collection: Collection, batch: readonly MemoryVectors[], dimensions: number) {
  const ids: string[] = [];
  const embeddings: number[][] = [];
  const gone: string[] = [];
  for (const { memoryId, pieces, mostPieces, vectors } of batch) {
    for (let piece = 0; piece < mostPieces; piece += 1) {
      const id = vectorIdOf(memoryId, piece);
      if (piece >= pieces) gone.push(id);
      else {
        ids.push(id);
        embeddings.push(Array.from(vectors.subarray(piece * dimensions, (piece + 1) * dimensions)));
      }
    }
  }
  if (ids.length > 0) await boundRequest(collection.upsert({ ids, embeddings }), TIMEOUT_MS);
  if (gone.length > 0) await boundRequest(collection.delete({ ids: gone }), TIMEOUT_MS);
}

function probeVector(dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, d) => (d === 0 ? 1 : 0));
}
