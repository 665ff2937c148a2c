import { startChroma, tempDir, type TestChroma } from '@memlane/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChromaAway, collectionNameOf, connectChroma } from './chroma-client.js';
import { summarizeChroma } from './chroma-state.js';
import { openStore, vectorOf, type Store } from './contract.suite.js';
import { openVectorSearch } from './vector-search.js';

let chroma: TestChroma;
beforeAll(async () => {
  chroma = await startChroma();
});
afterAll(() => chroma.stop());

const batchOf = (from: number, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${from + i}`, [vectorOf(from + i)]]));

const nearest = (store: Store, seed: number) =>
  store.search.nearest({ owner: 'anna', partition: 0, vector: vectorOf(seed), model: 'test@1', k: 3 });

async function expectAllFound(store: Store, count: number, tier: 'exact' | 'chroma') {
  for (let i = 0; i < count; i += 97) {
    const answer = await nearest(store, i);
    expect(answer).toMatchObject({ state: 'ok', tier });
    expect(answer.hits[0]?.memoryId).toBe(`m${i}`);
  }
}

test('kill-9-of-chroma-during-upserts-loses-no-vector', async () => {
  const store = openStore(await tempDir(), chroma.url);
  store.put('anna', batchOf(0, 1_000));
  await store.sync();
  store.put('anna', batchOf(1_000, 3_000));
  const syncing = store.sync();
  await chroma.kill9();
  await expect(syncing).rejects.toThrow(ChromaAway);
  await expectAllFound(store, 4_000, 'exact');

  await chroma.restart();
  store.writer?.forgetProbes();
  await store.sync();
  const reader = openReaderOf(store);
  await expectAllFound(reader, 4_000, 'chroma');
  store.close();
});

test('a-collection-that-was-deleted-is-refilled-from-the-file', async () => {
  const store = openStore(await tempDir(), chroma.url);
  store.put('anna', batchOf(0, 1_200));
  await store.sync();
  expect((await nearest(store, 5)).tier).toBe('chroma');

  await connectChroma(chroma.url).deleteCollection(collectionNameOf('anna', 'test@1'));
  expect(await nearest(store, 5)).toMatchObject({ state: 'ok', tier: 'exact', hits: [{ memoryId: 'm5' }, {}, {}] });
  expect(store.broken).toEqual(['anna']);

  store.put('anna', batchOf(1_200, 1));
  await store.sync();
  expect(summarizeChroma(store.source.db, store.source.set)).toEqual({ collections: 1, refills: 1 });
  await expectAllFound(openReaderOf(store), 1_201, 'chroma');
  store.close();
});

test('a-collection-that-lost-vectors-is-found-by-a-probe-and-refilled', async () => {
  const store = openStore(await tempDir(), chroma.url);
  store.put('anna', batchOf(0, 600));
  await store.sync();
  expect(await store.writer?.probe(store.source, 'anna')).toBe('sound');
  const collection = await connectChroma(chroma.url).getCollection(collectionNameOf('anna', 'test@1'));
  await collection.delete({ ids: ['m97#0', 'm194#0'] });
  expect(await store.writer?.probe(store.source, 'anna')).toBe('refilled');
  await expectAllFound(store, 600, 'exact');
  await store.sync();
  await expectAllFound(store, 600, 'chroma');
  expect(await store.writer?.probe(store.source, 'nobody')).toBe('none');
  store.close();
});

/** A reader that has seen no failure yet: the other one leaves Chroma alone for some seconds. */
function openReaderOf(store: Store): Store {
  const { dataDir } = store;
  return { ...store, search: openVectorSearch({ dataDir, partitions: 1, chromaUrl: chroma.url, exactUpTo: 0 }) };
}
