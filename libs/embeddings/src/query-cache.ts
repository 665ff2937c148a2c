import { LRUCache } from 'lru-cache';

const CACHE_BYTES = 8 * 1_024 * 1_024;

/** Vectors of recent queries, bounded by bytes. */
export interface QueryCache {
  get(text: string): Float32Array | undefined;
  set(text: string, vector: Float32Array): void;
}

export function createQueryCache(maxBytes: number = CACHE_BYTES): QueryCache {
  const cache = new LRUCache<string, Float32Array>({
    maxSize: maxBytes,
    sizeCalculation: (vector, text) => vector.byteLength + text.length * 2 + 64,
  });
  return {
    get: (text) => cache.get(text),
    set: (text, vector) => {
      cache.set(text, vector);
    },
  };
}
