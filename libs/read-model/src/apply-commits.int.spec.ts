import Database from 'better-sqlite3';
import { listParked, parkOwner, type Db } from '@memlane/projection';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventOf } from '@memlane/contracts';
import { applyCommits, type CommitItem } from './apply-commits.js';
import { digestReadModel } from './digest.js';
import { commitOf, histories, stored, timeOf } from './history.fixture.js';
import { prepareReadModel } from './memory-schema.js';
import { countVectorBacklog, readOutboxTexts, readVectorOutbox } from './vector-outbox.js';

const opened: Db[] = [];

function freshDb(): Db {
  const db = new Database(':memory:');
  prepareReadModel(db);
  opened.push(db);
  return db;
}

function build(batches: readonly (readonly CommitItem[])[]): Db {
  const db = freshDb();
  for (const batch of batches) db.transaction(() => applyCommits(db, batch))();
  return db;
}

function digestOf(batches: readonly (readonly CommitItem[])[]): string {
  const db = build(batches);
  const digest = digestReadModel(db);
  db.close();
  return digest;
}

function cut<T>(items: readonly T[], sizes: readonly number[]): T[][] {
  const batches: T[][] = [];
  for (let at = 0, turn = 0; at < items.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    batches.push(items.slice(at, at + size));
    at += size;
  }
  return batches;
}

const windows = (db: Db) => db.prepare('SELECT window FROM memory_text ORDER BY rowid').pluck().all() as string[];

afterEach(() => {
  for (const db of opened.splice(0)) db.close();
});

describe('a read model', () => {
  it('rebuilt from the log equals the live one, however the commits were batched', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(histories, sizes, (items, batchSizes) => {
        const oneByOne = digestOf(items.map((item) => [item]));
        expect(digestOf(cut(items, batchSizes))).toBe(oneByOne);
        expect(digestOf([items])).toBe(oneByOne);
      }),
      { numRuns: 150 },
    );
  });

  it('is the same when commits are applied twice', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (items, from) => {
        const again = items.slice(from % (items.length + 1));
        expect(digestOf([items, again])).toBe(digestOf([items]));
      }),
      { numRuns: 80 },
    );
  });

  it('has for each owner what it would have if the owner were alone', () => {
    const rowsOf = (db: Db, owner: string) =>
      ['memory', 'memory_tag', 'memory_version', 'vector_outbox', 'share', 'owner'].map((table) =>
        db
          .prepare(
            `SELECT * FROM ${table} WHERE ${table === 'owner' ? 'key' : 'owner'} =
                    (SELECT key FROM owner WHERE owner = ?)`,
          )
          .raw()
          .all(owner),
      );
    fc.assert(
      fc.property(histories, (items) => {
        const together = build([items]);
        for (const owner of ['owner-0', 'owner-1']) {
          const alone = build([items.filter(({ commit }) => commit.owner === owner)]);
          expect(rowsOf(together, owner)).toEqual(rowsOf(alone, owner));
          alone.close();
        }
        together.close();
      }),
      { numRuns: 60 },
    );
  });

  it('refuses an update of a memory that is not there, and keeps nothing of the commit', () => {
    const db = freshDb();
    const update = { type: 'memory-updated', data: { id: 'none', version: 2, changes: { type: 'x' } } } as const;
    const apply = db.transaction(() => applyCommits(db, [commitOf(1, 'ann', [stored('a', 'text'), update])]));
    expect(apply).toThrow('memory-updated: no such memory');
    expect(db.prepare('SELECT count(*) FROM memory').pluck().get()).toBe(0);
  });

  it('skips the commits of a parked owner only', () => {
    const db = freshDb();
    parkOwner(db, { owner: 'ann', seq: 1, reason: 'Error' });
    applyCommits(db, [commitOf(2, 'ann', [stored('a', 'hers')]), commitOf(3, 'bob', [stored('b', 'his')])]);
    expect(db.prepare('SELECT id FROM memory').pluck().all()).toEqual(['b']);
    expect(listParked(db)).toEqual([{ owner: 'ann', seq: 1, reason: 'Error' }]);
  });
});

describe('the stored bytes of an owner', () => {
  const bytesOf = (db: Db, owner = 'ann') =>
    db.prepare('SELECT bytes FROM owner WHERE owner = ?').pluck().get(owner) as number;
  const update = (id: string, version: number, changes: EventOf<'memory-updated'>['data']['changes']) =>
    ({ type: 'memory-updated', data: { id, version, changes } }) as const;

  it('are those of content, type, conversation, tags and metadata, and of the earlier versions', () => {
    const db = freshDb();
    const more = { type: 'note', tags: ['é'], metadata: { k: 1 }, conversation_id: 'talk', expires_at: timeOf(2) };
    applyCommits(db, [commitOf(1, 'ann', [stored('a', 'five5', more)]), commitOf(2, 'bob', [stored('b', 'x')])]);
    // five5, note, ["é"], {"k":1}, talk
    const first = 5 + 4 + 6 + 7 + 4;
    expect(bytesOf(db)).toBe(first);
    expect(bytesOf(db, 'bob')).toBe(1 + 2 + 2);
    applyCommits(db, [commitOf(3, 'ann', [update('a', 2, { tags: [], type: null })])]);
    const second = 5 + 2 + 7 + 4;
    expect(bytesOf(db)).toBe(first + second);
    applyCommits(db, [commitOf(4, 'ann', [{ type: 'memories-deleted', data: { ids: ['a'] } }])]);
    expect(bytesOf(db)).toBe(0);
    applyCommits(db, [commitOf(5, 'ann', [stored('a', 'again')])]);
    expect(bytesOf(db)).toBe(5 + 2 + 2);
  });

  it('do not grow with versions that are no longer kept', () => {
    const db = freshDb();
    applyCommits(db, [commitOf(1, 'ann', [stored('a', 'x'.repeat(1_000))])]);
    for (let version = 2; version <= 150; version += 1)
      applyCommits(db, [commitOf(version, 'ann', [update('a', version, { content: 'y', content_hash: 'h' })])]);
    expect(bytesOf(db)).toBe(101 * (1 + 2 + 2));
  });

  it('are what the memories and their kept versions add up to, whatever happened', () => {
    const size = (row: { content: string; tags: string; metadata: string; type: string | null; talk: string | null }) =>
      [row.content, row.tags, row.metadata, row.type ?? '', row.talk ?? ''].reduce(
        (sum, text) => sum + Buffer.byteLength(text),
        0,
      );
    const columns = 'content, tags, metadata, type, conversation_id AS talk';
    fc.assert(
      fc.property(histories, (items) => {
        const db = build([items]);
        for (const { key, bytes } of db.prepare('SELECT key, bytes FROM owner').all() as {
          key: number;
          bytes: number;
        }[]) {
          const rows = db
            .prepare(
              `SELECT ${columns} FROM memory WHERE owner = :key UNION ALL
               SELECT ${columns} FROM memory_version v WHERE owner = :key
               AND made >= (SELECT ord FROM memory m WHERE m.owner = v.owner AND m.id = v.id)`,
            )
            .all({ key }) as Parameters<typeof size>[0][];
          expect(bytes).toBe(rows.reduce((sum, row) => sum + size(row), 0));
        }
        db.close();
      }),
      { numRuns: 150 },
    );
  });
});

describe('window text', () => {
  const talk = { conversation_id: 'talk' };

  it('has the neighbours of the conversation and follows them', () => {
    const db = freshDb();
    applyCommits(db, [
      commitOf(1, 'ann', [stored('a', 'one', talk)]),
      commitOf(2, 'bob', [stored('x', 'other', talk)]),
      commitOf(3, 'ann', [stored('b', 'two', { ...talk, metadata: { speaker: 'Ann', caption: 'a cat' } })]),
      commitOf(4, 'ann', [stored('c', 'three', talk)]),
    ]);
    const turn = 'Ann: two [shares a photo of a cat]';
    expect(windows(db)).toEqual([`one\n${turn}`, 'other', `one\n${turn}\nthree`, `${turn}\nthree`]);

    const changes = { content: 'uno', content_hash: 'h' };
    applyCommits(db, [commitOf(5, 'ann', [{ type: 'memory-updated', data: { id: 'a', version: 2, changes } }])]);
    expect(windows(db)[2]).toBe(`uno\n${turn}\nthree`);

    applyCommits(db, [commitOf(6, 'ann', [{ type: 'memories-deleted', data: { ids: ['b'] } }])]);
    expect(windows(db)).toEqual(['uno\nthree', 'other', 'uno\nthree']);
  });
});

describe('the vector outbox', () => {
  it('has one row for each memory, at the last commit that changed what is embedded', () => {
    const db = freshDb();
    applyCommits(db, [
      commitOf(1, 'ann', [stored('a', 'one', { conversation_id: 't' }), stored('b', 'two', { conversation_id: 't' })]),
      commitOf(2, 'ann', [{ type: 'memory-updated', data: { id: 'a', version: 2, changes: { tags: ['x'] } } }]),
      commitOf(3, 'bob', [stored('c', 'his')]),
    ]);
    const first = readVectorOutbox(db, { after: { seq: 0 }, limit: 2 });
    expect(first).toEqual([
      { owner: 'ann', memoryId: 'a', seq: 1, gone: false },
      { owner: 'ann', memoryId: 'b', seq: 1, gone: false },
    ]);
    expect(readOutboxTexts(db, first)).toEqual(['one', 'one\ntwo']);
    applyCommits(db, [commitOf(4, 'ann', [{ type: 'memories-deleted', data: { ids: ['a'] } }])]);
    const later = readVectorOutbox(db, { after: { seq: 1 }, limit: 10 });
    expect(later).toEqual([
      { owner: 'bob', memoryId: 'c', seq: 3, gone: false },
      { owner: 'ann', memoryId: 'a', seq: 4, gone: true },
      { owner: 'ann', memoryId: 'b', seq: 4, gone: false },
    ]);
    expect(readOutboxTexts(db, later)).toEqual(['his', undefined, 'two']);
    expect(readOutboxTexts(db, first)).toEqual([undefined, undefined]);
    expect(countVectorBacklog(db, 1)).toBe(3);
    expect(countVectorBacklog(db, 3, 'ann')).toBe(2);
    expect(countVectorBacklog(db, 3, 'bob')).toBe(0);
    expect(countVectorBacklog(db, 0, 'nobody')).toBe(0);
  });

  it('gives every change once to a reader that goes on behind the last row', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 4 }), (items, limit) => {
        const db = build([items]);
        const seen: string[] = [];
        for (let rows = readVectorOutbox(db, { after: { seq: 0 }, limit }); ;) {
          seen.push(...rows.map(({ memoryId }) => memoryId));
          const after = rows.at(-1);
          if (!after) break;
          rows = readVectorOutbox(db, { after, limit });
        }
        expect(seen.toSorted()).toEqual(db.prepare('SELECT memory_id FROM vector_outbox').pluck().all().toSorted());
        db.close();
      }),
      { numRuns: 50 },
    );
  });
});

describe('earlier versions', () => {
  it('are kept up to the limit', () => {
    const db = freshDb();
    applyCommits(db, [commitOf(1, 'ann', [stored('a', 'v1')])]);
    for (let version = 2; version <= 110; version++) {
      const changes = { content: `v${version}`, content_hash: `h${version}` };
      applyCommits(db, [
        commitOf(version, 'ann', [{ type: 'memory-updated', data: { id: 'a', version, changes } }], timeOf(version)),
      ]);
    }
    const versions = db.prepare('SELECT version FROM memory_version ORDER BY made').pluck().all();
    expect(versions).toHaveLength(100);
    expect(versions[0]).toBe(10);
  });
});
