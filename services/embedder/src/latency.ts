const SAMPLES = 512;

/** Times of the last requests, in ms. */
export interface Latency {
  add(ms: number): void;
  summary(): { readonly count: number; readonly p50_ms: number; readonly p95_ms: number };
}

export function createLatency(): Latency {
  const ring: number[] = [];
  let count = 0;
  return {
    add(ms) {
      ring[count % SAMPLES] = ms;
      count += 1;
    },
    summary() {
      const sorted = ring.toSorted((a, b) => a - b);
      const at = (share: number) => Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 100) / 100;
      return { count, p50_ms: at(0.5), p95_ms: at(0.95) };
    },
  };
}
