import { afterEach, expect, it } from 'vitest';
import { chunkIdsIn, chunkKeysIn } from './chunk-scope.js';
import { readHits } from './read-hits.js';
import { applyAll, openIndex, startLog } from './syncs.fixture.js';
import { readChunkOutbox, readChunkTexts } from './vector-outbox.js';

const opened: ReturnType<typeof openIndex>['db'][] = [];

afterEach(() => {
  for (const db of opened.splice(0)) db.close();
});

async function indexTwo() {
  const log = startLog();
  const lines = (from: number) => Array.from({ length: 8 }, (_, n) => `line ${from + n}`).join('\n');
  log.sync('aa', { 'src/a.ts': lines(0), 'src/b.ts': lines(100) });
  const index = openIndex(log.sources);
  opened.push(index.db);
  await applyAll(index, log.items);
  return index.db;
}

it('has every chunk that wants a vector found by it, the later ones of a file as well', async () => {
  const db = await indexTwo();
  const chunks = readChunkOutbox(db, { after: { seq: 0 }, limit: 100 });
  const keys = chunkKeysIn(
    db,
    { owner: 'ann', filter: {} },
    chunks.map(({ chunkId }) => chunkId),
  );
  expect(chunks).toHaveLength(6);
  expect(readHits(db, { owner: 'ann', filter: {} }, keys).map(({ text }) => text)).toEqual(readChunkTexts(db, chunks));
});

it('leaves out what is not in the scope', async () => {
  const db = await indexTwo();
  const ids = readChunkOutbox(db, { after: { seq: 0 }, limit: 100 }).map(({ chunkId }) => chunkId);
  const scope = { owner: 'ann', filter: { path: '*b.ts' } };
  const found = chunkKeysIn(db, scope, ids);
  expect(readHits(db, { owner: 'ann', filter: {} }, found).map(({ path }) => path)).toEqual(Array(3).fill('src/b.ts'));
  expect(chunkIdsIn(db, scope, 10)).toHaveLength(3);
  expect(chunkKeysIn(db, { owner: 'bob', filter: {} }, ids)).toEqual([]);
});
