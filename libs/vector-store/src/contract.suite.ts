import { randomBytes } from 'node:crypto';
import { dataPaths } from '@memlane/contracts';
import { expect, test } from 'vitest';
import { openChromaWriter, type ChromaWriter } from './chroma-writer.js';
import { readCursor, takeIn } from './intake.js';
import { compareHits, nearestOf, type Hit } from './nearest.js';
import { commitEmbedded } from './store-vectors.js';
import { openVectorSearch, type VectorSearch } from './vector-search.js';
import { openSet, openVectorsWriter } from './vectors-file.js';

export const DIMENSIONS = 64;
const MODEL = 'test@1';

/** A pseudo-random vector of length 1, the same for the same seed; near its topic when it has one. */
export function vectorOf(seed: number, topic?: number): Float32Array {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const base = topic === undefined ? undefined : vectorOf(topic + 1_000_003);
  const vector = Float32Array.from({ length: DIMENSIONS }, (_, d) => next() * 0.35 + (base?.[d] ?? 0) * 1.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** A vectors file with its writer and its reader. */
export interface Store {
  readonly dataDir: string;
  readonly search: VectorSearch;
  readonly writer: ChromaWriter | undefined;
  readonly source: Parameters<ChromaWriter['applyOnce']>[0];
  readonly broken: string[];
  put(owner: string, memories: Readonly<Record<string, readonly Float32Array[]>>): void;
  remove(owner: string, ...memoryIds: string[]): void;
  /** Brings Chroma up to the file, where there is one. */
  sync(): Promise<void>;
  nearest(owner: string, vector: Float32Array, k: number, among?: string[]): Promise<Hit[]>;
  /** Which way the last answers came. */
  tierOf(owner: string): Promise<'exact' | 'chroma' | 'none'>;
  close(): void;
}

/** @param dataDir an empty folder @param chromaUrl without one everything is searched exactly */
export function openStore(dataDir: string, chromaUrl?: string): Store {
  const db = openVectorsWriter(dataPaths(dataDir).vectorsDb(0));
  const set = openSet(db, MODEL, DIMENSIONS);
  const broken: string[] = [];
  const onBroken = (owner: string) => void broken.push(owner);
  const search = openVectorSearch({ dataDir, partitions: 1, chromaUrl, exactUpTo: 0, onBroken });
  const writer = chromaUrl === undefined ? undefined : openChromaWriter({ url: chromaUrl, from: 0 });
  let seq = 0;
  const take = (rows: { owner: string; memoryId: string; gone: boolean }[]) => {
    seq += 1;
    const next = { generation: 1, seq };
    takeIn(
      db,
      set,
      rows.map((row) => ({ ...row, seq })),
      readCursor(db, set),
      next,
    );
  };
  return {
    dataDir,
    search,
    writer,
    source: { db, set },
    broken,
    put(owner, memories) {
      const entries = Object.entries(memories);
      take(entries.map(([memoryId]) => ({ owner, memoryId, gone: false })));
      commitEmbedded(
        db,
        set,
        entries.map(([memoryId, vectors]) => ({ owner, memoryId, seq, key: randomBytes(32), vectors })),
      );
    },
    remove: (owner, ...memoryIds) => take(memoryIds.map((memoryId) => ({ owner, memoryId, gone: true }))),
    async sync() {
      while (await writer?.applyOnce({ db, set }));
    },
    nearest: async (owner, vector, k, among) =>
      (await search.nearest({ owner, partition: 0, vector, model: MODEL, k, among })).hits,
    tierOf: async (owner) =>
      (await search.nearest({ owner, partition: 0, vector: vectorOf(1), model: MODEL, k: 1 })).tier,
    close() {
      search.close();
      db.close();
    },
  };
}

export function bruteForce(memories: Readonly<Record<string, readonly Float32Array[]>>, query: Float32Array): Hit[] {
  return Object.entries(memories)
    .map(([memoryId, vectors]) => ({
      memoryId,
      similarity: Math.max(...vectors.map((vector) => nearestOf(query, vector, 0, 1))),
    }))
    .sort(compareHits);
}

const ids = (hits: readonly Hit[]) => hits.map(({ memoryId }) => memoryId);

/**
 * What every way to search must do.
 *
 * @param recall share of the true nearest ten that must be found
 * @param synced whether the way has all changes, or only those before the last ones
 */
export function describeContract(
  open: () => Promise<Store>,
  { recall, synced, tier }: { recall: number; synced: boolean; tier: 'exact' | 'chroma' },
) {
  const settle = async (store: Store) => {
    if (synced) await store.sync();
  };

  test('finds the nearest as comparing all does', async () => {
    const store = await open();
    const memories = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`m${i}`, [vectorOf(i, i % 40)]]));
    store.put('anna', memories);
    await store.sync();
    let found = 0;
    for (let q = 0; q < 40; q += 1) {
      const query = vectorOf(90_000 + q, q);
      const truth = bruteForce(memories, query).slice(0, 10);
      const hits = await store.nearest('anna', query, 10);
      expect(hits).toHaveLength(10);
      expect(hits).toEqual([...hits].sort(compareHits));
      found += truth.filter(({ memoryId }) => ids(hits).includes(memoryId)).length;
      for (const hit of hits) {
        const [vector] = memories[hit.memoryId] ?? [];
        expect(hit.similarity).toBeCloseTo(nearestOf(query, vector ?? query, 0, 1), 4);
      }
    }
    expect(found / 400).toBeGreaterThanOrEqual(recall);
    expect(await store.tierOf('anna')).toBe(tier);
    store.close();
  });

  test('keeps owners apart', async () => {
    const store = await open();
    store.put('anna', { a: [vectorOf(1)] });
    store.put('ben', { b: [vectorOf(1)], c: [vectorOf(2)] });
    await store.sync();
    expect(ids(await store.nearest('anna', vectorOf(1), 10))).toEqual(['a']);
    expect(ids(await store.nearest('ben', vectorOf(1), 10))).toEqual(['b', 'c']);
    expect(await store.nearest('carl', vectorOf(1), 10)).toEqual([]);
    store.close();
  });

  test('forgets what was deleted and follows what was changed', async () => {
    const store = await open();
    store.put('anna', { gone: [vectorOf(1)], moved: [vectorOf(2), vectorOf(3)], same: [vectorOf(4)] });
    await store.sync();
    store.remove('anna', 'gone', 'never-there');
    store.put('anna', { moved: [vectorOf(5)], late: [vectorOf(6)] });
    await settle(store);
    expect(ids(await store.nearest('anna', vectorOf(1), 10)).sort()).toEqual(['late', 'moved', 'same']);
    expect(await store.tierOf('anna')).toBe(tier);
    const [hit] = await store.nearest('anna', vectorOf(5), 1);
    expect(hit).toEqual({ memoryId: 'moved', similarity: expect.closeTo(1, 4) as number });
    expect((await store.nearest('anna', vectorOf(3), 3)).every(({ similarity }) => similarity < 0.9)).toBe(true);
    store.close();
  });

  test('answers a memory once, by its nearest piece, and always k of them', async () => {
    const store = await open();
    const pieces = Array.from({ length: 60 }, (_, i) => vectorOf(i, 7));
    const short = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`s${i}`, [vectorOf(500 + i)]]));
    const memories = { long: pieces, ...short };
    store.put('anna', memories);
    await settle(store);
    const query = vectorOf(3, 7);
    expect(ids(await store.nearest('anna', query, 5))).toEqual(ids(bruteForce(memories, query).slice(0, 5)));
    expect(await store.nearest('anna', query, 1)).toEqual([
      { memoryId: 'long', similarity: expect.closeTo(1, 4) as number },
    ]);
    expect(await store.nearest('anna', query, 100)).toHaveLength(9);
    store.close();
  });

  test('searches among given memories only', async () => {
    const store = await open();
    const memories = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`m${i}`, [vectorOf(i)]]));
    store.put('anna', memories);
    await settle(store);
    const far = bruteForce(memories, vectorOf(1)).slice(-3);
    expect(ids(await store.nearest('anna', vectorOf(1), 2, [...ids(far), 'unknown']))).toEqual(ids(far).slice(0, 2));
    expect(await store.nearest('anna', vectorOf(1), 2, [])).toEqual([]);
    store.close();
  });
}
