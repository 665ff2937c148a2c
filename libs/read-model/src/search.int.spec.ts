import type { Db } from '@memlane/projection';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyCommits } from './apply-commits.js';
import { readCodeLinks } from './code-memories.js';
import type { MemoryFilter } from './filter.js';
import { getMemory } from './get-memory.js';
import { commitOf, histories, stored, timeOf } from './history.fixture.js';
import { countMemories, filterIds, idsIn, listMemories, readMemories, type PageKey } from './list-memories.js';
import { prepareReadModel } from './memory-schema.js';
import { overview } from './overview.js';
import { scanLiteral, searchText } from './search-text.js';

const now = timeOf(1_000);
let db: Db;

const scope = (owner: string, filter: MemoryFilter = {}, at = now) => ({ owner, filter, now: at });
const found = (query: string, filter: MemoryFilter = {}, owner = 'ann') =>
  searchText(db, scope(owner, filter), query, 100).map(({ id }) => id);

function scanAll(literal: string, owner = 'ann', rows = 2): string[] {
  const hits: string[] = [];
  let from: PageKey | undefined;
  do {
    const slice = scanLiteral(db, scope(owner), { literal, from, rows });
    hits.push(...slice.hits.map(({ id }) => id));
    from = slice.next;
  } while (from);
  return hits;
}

beforeEach(() => {
  db = new Database(':memory:');
  prepareReadModel(db);
  applyCommits(db, [
    commitOf(1, 'ann', [stored('pg', 'We chose PostgreSQL for billing', { tags: ['db', 'work'], type: 'decision' })]),
    commitOf(2, 'ann', [stored('run', 'Ann was running in the café', { tags: ['sport'] })]),
    commitOf(3, 'bob', [stored('secret', 'PostgreSQL password rotation, o1', { tags: ['db'] })]),
    commitOf(4, 'ann', [stored('old', 'PostgreSQL upgrade window', { tags: ['db'], expires_at: timeOf(10) })]),
    commitOf(5, 'ann', [stored('cpp', 'C++ needs "care" (100% of it)', { type: 'note' })]),
  ]);
});

afterEach(() => {
  db.close();
});

describe('searchText', () => {
  it('finds by word, by stem and without accents', () => {
    expect(found('postgresql')).toEqual(['pg']);
    expect(found('who runs to the CAFE')).toEqual(['run']);
    expect(found('nothing of it')).toEqual([]);
  });

  it('narrows by tags, type and time before it limits', () => {
    expect(found('PostgreSQL running', { tags: ['sport', 'db'] }).toSorted()).toEqual(['pg', 'run']);
    expect(found('PostgreSQL running', { tags: ['work', 'db'], tagsMatch: 'all' })).toEqual(['pg']);
    expect(found('PostgreSQL running', { type: 'decision' })).toEqual(['pg']);
    expect(found('PostgreSQL running', { after: timeOf(2) })).toEqual(['run']);
    expect(found('PostgreSQL running', { before: timeOf(2) })).toEqual(['pg']);
  });

  it('does not find what has expired', () => {
    expect(searchText(db, scope('ann', {}, timeOf(9)), 'upgrade', 10)).toHaveLength(1);
    expect(searchText(db, scope('ann', {}, timeOf(10)), 'upgrade', 10)).toEqual([]);
  });

  it('never finds what belongs to somebody else, whatever the query says', () => {
    expect(found('password rotation')).toEqual([]);
    expect(found('owner:o3 OR o3')).toEqual([]);
    expect(found('password', {}, 'bob')).toEqual(['secret']);
    expect(found('password', {}, 'nobody')).toEqual([]);
  });

  it('takes FTS5 syntax for text', () => {
    const nasty = fc.constantFrom(
      '"',
      "'",
      '*',
      '(',
      ')',
      ':',
      '^',
      '-',
      '+',
      '{',
      '}',
      'NEAR(',
      'AND',
      'OR',
      'NOT',
      '\\',
      ',',
      '.',
      ';',
    );
    const queryText = fc.array(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 12 });
    fc.assert(
      fc.property(queryText, (parts) => {
        const query = `${parts.join(' ')}${parts.join('')}`;
        expect(found(query).every((id) => ['pg', 'run', 'cpp'].includes(id))).toBe(true);
        expect(Array.isArray(scanAll(query || 'x'))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('scanLiteral', () => {
  it('finds what contains the text, whatever its case, newest first', () => {
    expect(scanAll('c++')).toEqual(['cpp']);
    expect(scanAll('"care" (100%')).toEqual(['cpp']);
    expect(scanAll('gresql for bil')).toEqual(['pg']);
    expect(scanAll('E')).toEqual(['cpp', 'run', 'pg']);
    expect(scanAll('gresql of bil')).toEqual([]);
  });

  it('finds every substring of every content', () => {
    fc.assert(
      fc.property(histories, fc.nat(), fc.nat(), (items, start, length) => {
        const own = new Database(':memory:');
        prepareReadModel(own);
        applyCommits(own, items);
        const [memory] = listMemories(own, scope('owner-0', {}, timeOf(0)), 1, undefined).memories;
        if (memory) {
          const from = start % memory.content.length;
          const literal = memory.content.slice(from, from + 1 + (length % 20));
          const { hits } = scanLiteral(own, scope('owner-0', {}, timeOf(0)), { literal, from: undefined, rows: 100 });
          expect(hits.map(({ id }) => id)).toContain(memory.id);
        }
        own.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('listMemories', () => {
  it('pages newest first without gaps or repeats, however large the page', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 7 }), (items, limit) => {
        const own = new Database(':memory:');
        prepareReadModel(own);
        // The same time for all: the order must not depend on times being different.
        applyCommits(
          own,
          items.map(({ seq, commit }) => ({ seq, commit: { ...commit, at: timeOf(0) } })),
        );
        const all = own
          .prepare(
            `SELECT id FROM memory WHERE owner = (SELECT key FROM owner WHERE owner = 'owner-0')
                                 ORDER BY ord DESC`,
          )
          .pluck()
          .all();
        const seen: string[] = [];
        let key: PageKey | undefined;
        do {
          const page = listMemories(own, scope('owner-0', {}, timeOf(0)), limit, key);
          expect(page.total).toBe(all.length);
          seen.push(...page.memories.map(({ id }) => id));
          key = page.next;
        } while (key);
        expect(seen).toEqual(all);
        own.close();
      }),
      { numRuns: 60 },
    );
  });

  it('counts and checks within the scope', () => {
    expect(countMemories(db, scope('ann', { tags: ['db'] }))).toBe(1);
    expect([...readMemories(db, scope('ann'), ['pg', 'secret', 'old', 'none']).keys()]).toEqual(['pg']);
    expect([...idsIn(db, scope('ann'), ['pg', 'secret', 'old', 'none'])]).toEqual(['pg']);
    expect([...idsIn(db, scope('ann', { type: 'note' }), ['pg', 'cpp'])]).toEqual(['cpp']);
    expect(filterIds(db, scope('ann', { type: 'note' }), 5)).toEqual(['cpp']);
    expect(filterIds(db, scope('ann'), 2)).toBeUndefined();
  });
});

describe('getMemory', () => {
  const get = (id: string, asOf?: string, owner = 'ann') => getMemory(db, { owner, id, asOf, now });

  it('reads the memory as it is, with its earlier versions', () => {
    const changes = { content: 'We chose SQLite', content_hash: 'h', type: null, tags: ['db'] };
    applyCommits(db, [commitOf(6, 'ann', [{ type: 'memory-updated', data: { id: 'pg', version: 2, changes } }])]);
    const result = get('pg');
    expect(result?.memory).toMatchObject({ content: 'We chose SQLite', type: null, version: 2, tags: ['db'] });
    expect(result?.memory).toMatchObject({ created_at: timeOf(1), updated_at: timeOf(6) });
    expect(result?.history.map(({ version, content }) => [version, content])).toEqual([
      [1, 'We chose PostgreSQL for billing'],
    ]);
    expect(found('billing')).toEqual([]);
    expect(found('sqlite')).toEqual(['pg']);
  });

  it('reads the memory as it was, also when it was deleted since', () => {
    const changes = { content: 'We chose SQLite', content_hash: 'h' };
    applyCommits(db, [
      commitOf(6, 'ann', [{ type: 'memory-updated', data: { id: 'pg', version: 2, changes } }]),
      commitOf(8, 'ann', [{ type: 'memories-deleted', data: { ids: ['pg'] } }]),
    ]);
    expect(get('pg')).toBeUndefined();
    expect(get('pg', timeOf(0))).toBeUndefined();
    expect(get('pg', timeOf(5))?.memory.version).toBe(1);
    expect(get('pg', timeOf(7))).toMatchObject({ memory: { version: 2 }, history: [{ version: 1 }] });
    expect(get('pg', timeOf(8))).toBeUndefined();
  });

  it('does not read what has expired or belongs to somebody else', () => {
    expect(get('old')).toBeUndefined();
    expect(get('old', timeOf(9))?.memory.id).toBe('old');
    expect(get('secret')).toBeUndefined();
  });
});

describe('overview', () => {
  it('counts what can be found, and the expired apart', () => {
    expect(overview(db, 'ann', now)).toEqual({
      memories: 3,
      expired: 1,
      types: [
        { type: null, count: 1 },
        { type: 'decision', count: 1 },
        { type: 'note', count: 1 },
      ],
      tags: [
        { tag: 'db', count: 1 },
        { tag: 'sport', count: 1 },
        { tag: 'work', count: 1 },
      ],
      // Contents; then types, tags and metadata of each.
      bytes: 31 + 28 + 25 + 29 + 23 + 11 + 8 + 8,
    });
    expect(overview(db, 'nobody', now).memories).toBe(0);
  });
});

describe('readCodeLinks', () => {
  const seen = (path: string, ...names: string[]) => [{ repository: 'shop', path, names }];
  const linksTo = (code: ReturnType<typeof seen>, owner = 'ann', at = now) =>
    readCodeLinks(db, scope(owner, {}, at), code).map(({ id, uri }) => `${id} ${uri}`);
  const file = 'repo://shop/src/a.ts';

  it('finds by path and by name, newest memory first', () => {
    applyCommits(db, [
      commitOf(10, 'ann', [stored('file', `Slow: ${file}.`)]),
      commitOf(11, 'ann', [stored('method', 'Locks', { metadata: { code: [`${file}#Store.open`] } })]),
      commitOf(12, 'ann', [stored('other', 'repo://blog/src/a.ts')]),
    ]);
    expect(linksTo(seen('src/a.ts'))).toEqual([`method ${file}#Store.open`, `file ${file}`]);
    expect(linksTo(seen('lib/b.ts', 'OPEN'))).toEqual([`method ${file}#Store.open`]);
    expect(linksTo(seen('src/a.ts', 'open'))).toHaveLength(2);
    expect(linksTo(seen('lib/b.ts', 'close'))).toEqual([]);
    expect(linksTo([])).toEqual([]);
  });

  it('finds only what is there now, and nobody else’s', () => {
    applyCommits(db, [
      commitOf(10, 'ann', [stored('gone', file), stored('short', file, { expires_at: timeOf(20) })]),
      commitOf(11, 'bob', [stored('his', `${file} of bob`)]),
      commitOf(12, 'ann', [stored('edited', file)]),
    ]);
    expect(linksTo(seen('src/a.ts'), 'ann', timeOf(19)).toSorted()).toEqual(
      ['edited', 'gone', 'short'].map((id) => `${id} ${file}`),
    );
    const edit = { content: 'repo://shop/src/b.ts', content_hash: 'h' };
    applyCommits(db, [
      commitOf(13, 'ann', [{ type: 'memories-deleted', data: { ids: ['gone'] } }]),
      commitOf(14, 'ann', [{ type: 'memory-updated', data: { id: 'edited', version: 2, changes: edit } }]),
    ]);
    expect(linksTo(seen('src/a.ts'))).toEqual([]);
    expect(linksTo(seen('src/b.ts'))).toEqual(['edited repo://shop/src/b.ts']);
    expect(linksTo(seen('src/a.ts'), 'bob')).toEqual([`his ${file}`]);
    expect(linksTo(seen('src/a.ts'), 'eve')).toEqual([]);
  });
});
