import { openWriterDb, type Db } from '@memlane/projection';
import { ownerToken } from '@memlane/search';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prepareCodeIndex } from './code-schema.js';
import { matchWords } from './match-words.js';
import { textTable } from './text-tables.js';

const [ann, ben] = [ownerToken(1), ownerToken(2)];
const tableOf = (mostRanked: number) => ({ ...textTable, mostRanked });

let db: Db;

beforeEach(() => {
  db = openWriterDb(':memory:');
  prepareCodeIndex(db);
});

afterEach(() => {
  db.close();
});

function add(owner: string, bodies: readonly string[]): void {
  const insert = db.prepare("INSERT INTO chunk_text (owner, path, names, body) VALUES (?, '', '', ?)");
  for (const body of bodies) insert.run(owner, body);
}

const ranked = (match = '') =>
  db
    .prepare<[string], { id: number; rank: number }>(
      'SELECT rowid AS id, rank FROM chunk_text WHERE chunk_text MATCH ? ORDER BY rank, rowid',
    )
    .all(match);
const find = (match?: string) => ranked(match).map(({ id }) => id);

it('leaves out what only has common words, and ranks by all of them', () => {
  add(ann, ['get value', 'get value retry', 'get', 'value', 'retry of something that is rather long']);
  add(ben, ['get value retry']);
  const match = (most: number) => matchWords(db, ann, ['get', 'value', 'retry'], tableOf(most));
  expect(find(match(3).byRare)).toEqual([2, 5]);
  expect(find(match(3).byAny).toSorted()).toEqual([1, 2, 3, 4, 5]);
  // None is common, and all are.
  for (const most of [100, 1]) expect(match(most).byRare).toBeUndefined();
});

it.each(['o1', 'o1s', 'O1', 'ö1', 'o２', '_o1', 'x\u{1e900}o1'])(
  'finds no owner by their token, asked for %s',
  (word) => {
    add(ann, ['one', 'two']);
    add(ben, ['one', 'two']);
    for (const words of [[word], [word, 'three']])
      expect(find(matchWords(db, undefined, words, textTable).byAny)).toEqual([]);
  },
);

it('ranks what it finds as all words do', () => {
  const words = ['alpha', 'beta', 'gamma', 'delta'];
  const bodies = fc.array(fc.array(fc.constantFrom(...words, 'other'), { minLength: 1, maxLength: 8 }), {
    minLength: 8,
    maxLength: 30,
  });
  fc.assert(
    fc.property(bodies, fc.integer({ min: 1, max: 20 }), (rows, most) => {
      db.exec('DELETE FROM chunk_text');
      add(
        ann,
        rows.map((row) => row.join(' ')),
      );
      const { byRare, byAny } = matchWords(db, ann, words, tableOf(most));
      const all = new Map(ranked(byAny).map(({ id, rank }) => [id, rank]));
      const found = byRare === undefined ? [] : ranked(byRare);
      const times = found.map(({ id, rank }) => Math.round((1_000 * rank) / (all.get(id) ?? 0)));
      // Every word counts twice.
      expect([[], [2_000]]).toContainEqual([...new Set(times)]);
    }),
    { numRuns: 200 },
  );
});
