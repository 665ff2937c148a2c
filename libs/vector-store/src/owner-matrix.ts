import { compareHits, nearestOf, type Hit } from './nearest.js';
import type { MemoryVectors } from './read-vectors.js';

/** Memories that are compared before other work gets its turn: about 5 ms. */
const MEMORIES_PER_TURN = 8_192;

interface Slot {
  readonly memoryId: string;
  readonly from: number;
  readonly rows: number;
}

/**
 * All vectors of one owner in memory. Rows are only ever appended and slots only replaced, so that a search that gave
 * way in the middle is not disturbed by a refresh.
 */
export class OwnerMatrix {
  readonly #dimensions: number;
  #vectors: Float32Array;
  #rows = 0;
  #dead = 0;
  #slots = new Map<string, Slot>();
  #rev = 0;

  constructor(dimensions: number, rows: number) {
    this.#dimensions = dimensions;
    this.#vectors = new Float32Array(Math.max(16, rows) * dimensions);
  }

  /** The last change that is in it. */
  get rev(): number {
    return this.#rev;
  }

  get bytes(): number {
    return this.#vectors.byteLength + this.#slots.size * 200;
  }

  apply(changes: readonly MemoryVectors[]): void {
    for (const { memoryId, pieces, vectors, rev } of changes) {
      const before = this.#slots.get(memoryId);
      if (before) this.#dead += before.rows;
      this.#slots.delete(memoryId);
      if (pieces > 0) {
        this.#slots.set(memoryId, { memoryId, from: this.#rows, rows: pieces });
        this.#append(vectors, pieces);
      }
      this.#rev = rev;
    }
    if (this.#dead > 64 && this.#dead > this.#rows / 2) this.#compact();
  }

  /** The `k` nearest memories, compared one by one. */
  async nearest(query: Float32Array, k: number, breathe: () => Promise<void>): Promise<Hit[]> {
    const vectors = this.#vectors;
    const slots = this.#slots.size > MEMORIES_PER_TURN ? [...this.#slots.values()] : this.#slots.values();
    const top = new TopHits(k);
    let compared = 0;
    for (const { memoryId, from, rows } of slots) {
      top.offer(memoryId, nearestOf(query, vectors, from, rows));
      compared += 1;
      if (compared % MEMORIES_PER_TURN === 0) await breathe();
    }
    return top.hits();
  }

  #append(vectors: Float32Array, rows: number): void {
    const needed = (this.#rows + rows) * this.#dimensions;
    if (needed > this.#vectors.length) {
      const larger = new Float32Array(Math.max(needed, this.#vectors.length * 1.5));
      larger.set(this.#vectors.subarray(0, this.#rows * this.#dimensions));
      this.#vectors = larger;
    }
    this.#vectors.set(vectors, this.#rows * this.#dimensions);
    this.#rows += rows;
  }

  #compact(): void {
    const old = this.#vectors;
    const slots = this.#slots;
    this.#vectors = new Float32Array(Math.max(16, this.#rows - this.#dead) * this.#dimensions);
    this.#slots = new Map();
    this.#rows = 0;
    this.#dead = 0;
    for (const slot of slots.values()) {
      this.#slots.set(slot.memoryId, { ...slot, from: this.#rows });
      this.#append(old.subarray(slot.from * this.#dimensions, (slot.from + slot.rows) * this.#dimensions), slot.rows);
    }
  }
}

/** Keeps the best `k` of many hits without sorting them all. */
export class TopHits {
  readonly #k: number;
  #kept: Hit[] = [];
  #floor = -Infinity;

  constructor(k: number) {
    this.#k = k;
  }

  offer(memoryId: string, similarity: number): void {
    if (similarity < this.#floor) return;
    this.#kept.push({ memoryId, similarity });
    if (this.#kept.length >= this.#k * 2 + 16) this.#cut();
  }

  hits(): Hit[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept = this.#kept.sort(compareHits).slice(0, this.#k);
    if (this.#kept.length === this.#k) this.#floor = this.#kept.at(-1)?.similarity ?? -Infinity;
  }
}
