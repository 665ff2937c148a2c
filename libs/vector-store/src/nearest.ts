/** A memory and how near its nearest vector is. */
export interface Hit {
  readonly memoryId: string;
  /** Cosine, -1 to 1. Comparable within one model only. */
  readonly similarity: number;
}

/** Nearest first; equal ones by id, so that the order is always the same. */
export function compareHits(a: Hit, b: Hit): number {
  return b.similarity - a.similarity || (a.memoryId < b.memoryId ? -1 : Number(a.memoryId > b.memoryId));
}

/** The best of each memory, nearest first, at most `k`. */
export function rollUp(hits: Iterable<Hit>, k: number): Hit[] {
  const best = new Map<string, Hit>();
  for (const hit of hits) {
    const known = best.get(hit.memoryId);
    if (!known || known.similarity < hit.similarity) best.set(hit.memoryId, hit);
  }
  return [...best.values()].sort(compareHits).slice(0, k);
}

/** Similarity of `query` to the nearest of the rows that lie one after the other in `vectors`. */
export function nearestOf(query: Float32Array, vectors: Float32Array, from: number, rows: number): number {
  const dimensions = query.length;
  let best = -Infinity;
  for (let row = from; row < from + rows; row += 1) {
    let sum = 0;
    let at = row * dimensions;
    for (let d = 0; d < dimensions; d += 1, at += 1) sum += (query[d] as number) * (vectors[at] as number);
    if (sum > best) best = sum;
  }
  return best;
}

/** A memory with vectors that are not in a file, at least one of them. */
export interface FreshMemory {
  readonly memoryId: string;
  readonly vectors: readonly Float32Array[];
}

/** Ranks fresh memories among the hits of a search: they replace what the search found of them. */
export function rankFresh(hits: readonly Hit[], fresh: readonly FreshMemory[], query: Float32Array, k: number): Hit[] {
  const replaced = new Set(fresh.map(({ memoryId }) => memoryId));
  const compared = fresh.flatMap(({ memoryId, vectors }) =>
    vectors.map((vector) => ({ memoryId, similarity: nearestOf(query, vector, 0, 1) })),
  );
  return rollUp([...hits.filter(({ memoryId }) => !replaced.has(memoryId)), ...compared], k);
}
