import { LRUCache } from 'lru-cache';

const CACHE_BYTES = 8 * 1_024 * 1_024;

/**
 * Vectors of recent queries, bounded by bytes. Each owner has its own: how fast an answer comes must not tell what somebody
 * else has searched for.
 */
export interface QueryCache {
  get(owner: string, text: string): Float32Array | undefined;
  set(owner: string, text: string, vector: Float32Array): void;
}

export function createQueryCache(maxBytes: number = CACHE_BYTES): QueryCache {
  const cache = new LRUCache<string, Float32Array>({
    maxSize: maxBytes,
    sizeCalculation: (vector, key) => vector.byteLength + key.length * 2 + 64,
  });
  return {
    get: (owner, text) => cache.get(keyOf(owner, text)),
    set: (owner, text, vector) => {
      cache.set(keyOf(owner, text), vector);
    },
  };
}

/** An owner id has no line break in it. */
function keyOf(owner: string, text: string): string {
  return `${owner}\n${text}`;
}
