import type { Collection } from 'chromadb';
import { LRUCache } from 'lru-cache';
import { boundRequest, ChromaAway, collectionNameOf, connectChroma, memoryIdOf } from './chroma-client.js';
import { rollUp, type Hit } from './nearest.js';
import type { VectorKind } from './vector-kind.js';

const TIMEOUT_MS = 1_000;
/** How long a server that is away is left alone, and a collection that answered with an error. */
const AWAY_MS = 2_000;
const BROKEN_MS = 5_000;
const KNOWN_COLLECTIONS = 2_000;
const MOST_RESULTS = 2_000;

export type ChromaAnswer =
  | { readonly is: 'ok'; readonly hits: Hit[] }
  | { readonly is: 'away' }
  /** It answers with an error, or is gone. */
  | { readonly is: 'broken' };

/** Asks the collections of a Chroma server; every failure is a value, since there is another way to search. */
export interface ChromaReader {
  nearest(request: {
    readonly owner: string;
    readonly model: string;
    readonly vector: Float32Array;
    readonly k: number;
    readonly piecesPerMemory: number;
  }): Promise<ChromaAnswer>;
}

export function openChromaReader(url: string, kind: VectorKind = 'memory'): ChromaReader {
  const chroma = connectChroma(url);
  const collections = new LRUCache<string, Collection>({ max: KNOWN_COLLECTIONS });
  const broken = new LRUCache<string, true>({ max: KNOWN_COLLECTIONS, ttl: BROKEN_MS });
  let awayUntil = 0;

  async function query(name: string, vector: Float32Array, nResults: number): Promise<Hit[]> {
    const known = collections.get(name);
    try {
      const collection = known ?? (await boundRequest(chroma.getCollection(name), TIMEOUT_MS));
      collections.set(name, collection);
      const answer = await boundRequest(
        collection.query({ queryEmbeddings: [Array.from(vector)], nResults, include: ['distances'] }),
        TIMEOUT_MS,
      );
      const distances = answer.distances[0] ?? [];
      return (answer.ids[0] ?? []).map((id, i) => ({
        memoryId: memoryIdOf(id),
        similarity: 1 - (distances[i] ?? 1),
      }));
    } catch (error) {
      collections.delete(name);
      if (error instanceof ChromaAway || !known) throw error;
      // A collection that was begun again has the name but another id.
      return query(name, vector, nResults);
    }
  }

  return {
    async nearest({ owner, model, vector, k, piecesPerMemory }) {
      const name = collectionNameOf(owner, model, kind);
      if (performance.now() < awayUntil) return { is: 'away' };
      if (broken.has(name)) return { is: 'away' };
      try {
        let results = Math.min(MOST_RESULTS, k * piecesPerMemory);
        for (;;) {
          const pieces = await query(name, vector, results);
          const hits = rollUp(pieces, k);
          // Fewer memories than wanted although there were more pieces: some memories took many places.
          if (hits.length >= k || pieces.length < results || results >= MOST_RESULTS) return { is: 'ok', hits };
          results = Math.min(MOST_RESULTS, results * 4);
        }
      } catch (error) {
        if (error instanceof ChromaAway) {
          awayUntil = performance.now() + AWAY_MS;
          return { is: 'away' };
        }
        broken.set(name, true);
        return { is: 'broken' };
      }
    },
  };
}
