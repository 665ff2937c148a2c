import { limit } from '@memlane/contracts';
import { parkOwner, type Db } from '@memlane/projection';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openCodeWriter } from './apply-commits.js';
import { digestCodeIndex, digestVisible } from './digest.js';
import { listSyncs } from './list-syncs.js';
import { applyAll, commitIdOf, openIndex, startLog, trees, type Tree } from './syncs.fixture.js';
import { textTables } from './text-tables.js';

const opened: Db[] = [];

function open(log: ReturnType<typeof startLog>): ReturnType<typeof openIndex> {
  const index = openIndex(log.sources);
  opened.push(index.db);
  return index;
}

async function build(log: ReturnType<typeof startLog>, batch = 1): Promise<Db> {
  const index = open(log);
  await applyAll(index, log.items, batch);
  return index.db;
}

function closeAll(): void {
  for (const db of opened.splice(0)) db.close();
}

const count = (db: Db, table: string) => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get();
const visiblePaths = (db: Db) => db.prepare<[], string>('SELECT path FROM file ORDER BY path').pluck().all();
const tables = ['file', 'file_graph', 'staged', 'blob', 'chunk', 'symbol', 'reference', 'repository'];

const small: Tree = { 'a.ts': 'function parseToken\nretry()', 'b.ts': 'parseToken()', 'logo.png': null };

afterEach(closeAll);

/** What can happen to two repositories of one owner. */
const steps = fc.array(
  fc.record({
    repository: fc.constantFrom('aa', 'bb'),
    tree: trees,
    kind: fc.constantFrom('synced', 'synced', 'synced', 'full', 'failed', 'cancelled', 'running', 'removed'),
  }),
  { minLength: 1, maxLength: 7 },
);
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

function logOf(list: readonly Step[]) {
  const log = startLog();
  const final = new Map<string, Tree>();
  for (const { repository, tree, kind } of list) {
    if (kind === 'removed') {
      log.remove(repository);
      final.delete(repository);
    } else if (kind === 'full' || kind === 'synced') {
      log.sync(repository, tree, { full: kind === 'full' });
      final.set(repository, tree);
    } else log.sync(repository, tree, { end: kind });
  }
  return { log, final };
}

describe('the code index', () => {
  it('shows what a full sync of the same trees shows, after any changes', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const { log, final } = logOf(list);
        const fresh = startLog();
        for (const [repository, tree] of [...final].sort(([a], [b]) => (a < b ? -1 : 1))) fresh.sync(repository, tree);
        // Repositories that no sync has completed are listed without files.
        const shown = await build(log);
        shown.exec('DELETE FROM repository WHERE commit_id IS NULL');
        expect(digestVisible(shown)).toBe(digestVisible(await build(fresh)));
        closeAll();
      }),
      { numRuns: 150 },
    );
  });

  it('is the same rebuilt, in other batches, and applied twice', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 2, max: 9 }), async (list, batch) => {
        const { log } = logOf(list);
        const live = open(log);
        await applyAll(live, log.items);
        const once = digestCodeIndex(live.db);
        expect(digestCodeIndex(await build(log, batch))).toBe(once);
        await applyAll(live, log.items, batch);
        expect(digestCodeIndex(live.db)).toBe(once);
        closeAll();
      }),
      { numRuns: 100 },
    );
  });

  it('keeps no content that nothing refers to', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 9 }), async (list, batch) => {
        const { log } = logOf(list);
        for (const repository of ['aa', 'bb']) log.remove(repository);
        const db = await build(log, batch);
        expect(tables.map((table) => count(db, table))).toEqual(tables.map(() => 0));
        for (const { name } of textTables) expect(count(db, name)).toBe(0);
        expect(db.prepare('SELECT count(*) FROM vector_outbox WHERE gone = 0').pluck().get()).toBe(0);
        closeAll();
      }),
      { numRuns: 100 },
    );
  });

  it('keeps nothing of a known content that a commit had at two paths, once both are gone', async () => {
    const log = startLog();
    log.sync('aa', { 'a.ts': 'retry()' });
    log.sync('bb', { 'a.ts': 'retry()', 'b.ts': 'retry()' });
    for (const repository of ['aa', 'bb']) log.remove(repository);
    const db = await build(log);
    expect(['blob', 'chunk', 'reference'].map((table) => count(db, table))).toEqual([0, 0, 0]);
  });

  it('shows the old commit until the sync is complete, then the new one', async () => {
    const log = startLog();
    log.sync('aa', small);
    const index = open(log);
    await applyAll(index, log.items);
    const old = digestVisible(index.db);
    const before = log.items.length;
    log.sync('aa', { 'a.ts': 'function other', 'c.ts': 'parseToken()' });
    for (const item of log.items.slice(before, -1)) {
      await applyAll(index, [item]);
      expect(digestVisible(index.db)).toBe(old);
    }
    await applyAll(index, log.items.slice(-1));
    expect(visiblePaths(index.db)).toEqual(['a.ts', 'c.ts']);
  });

  it.each(['failed', 'cancelled'] as const)('leaves nothing of a sync that was %s', async (end) => {
    const log = startLog();
    log.sync('aa', small);
    const before = await build(log);
    log.sync('aa', { 'new.ts': 'function somethingNew' }, { end });
    const after = await build(log);
    expect(digestVisible(after)).toBe(digestVisible(before));
    expect(tables.map((table) => count(after, table))).toEqual(tables.map((table) => count(before, table)));
  });

  it('parses nothing of a file that was moved, or that is unchanged in a full sync', async () => {
    const log = startLog();
    let parsed = 0;
    const { parse } = log.sources;
    const index = openIndex({ ...log.sources, parse: (file) => (parsed++, parse(file)) });
    opened.push(index.db);
    log.sync('aa', small);
    await applyAll(index, log.items);
    expect(parsed).toBe(2);
    const seen = log.items.length;
    log.sync('aa', { 'moved/a.ts': small['a.ts'] ?? '', 'b.ts': small['b.ts'] ?? '' });
    log.sync('aa', small, { full: true });
    log.sync('bb', small);
    await applyAll(index, log.items.slice(seen));
    expect(parsed).toBe(2);
    expect(count(index.db, 'blob')).toBe(2);
  });

  it('tells of each sync what it changed, whichever way it came there', async () => {
    await fc.assert(
      fc.asyncProperty(trees, trees, fc.boolean(), async (before, after, full) => {
        const log = startLog();
        log.sync('aa', before);
        log.sync('aa', after, { full });
        const [last, first] = listSyncs(await build(log), 'ann', { limit: 10 });
        const paths = Object.keys(after);
        const added = paths.filter((path) => !(path in before)).length;
        const changed = paths.filter((path) => path in before && before[path] !== after[path]).length;
        const removed = Object.keys(before).filter((path) => !(path in after)).length;
        expect(last).toMatchObject({ state: 'done', commit: commitIdOf(after), added, changed, removed });
        expect(first).toMatchObject({ state: 'done', added: Object.keys(before).length, changed: 0, removed: 0 });
        closeAll();
      }),
      { numRuns: 50 },
    );
  });

  it('goes back in the history of a repository as far as its limit, whatever ended its syncs', async () => {
    const log = startLog();
    log.sync('bb', small);
    for (let n = 0; n < limit('syncs_kept') + 5; n += 1)
      log.sync('aa', { 'a.ts': `retry${n}()` }, { end: n % 2 === 0 ? 'failed' : 'cancelled' });
    const db = await build(log, 50);
    const all = listSyncs(db, 'ann', { limit: 1_000 });
    expect(all).toHaveLength(limit('syncs_kept') + 2);
    expect(all[0]).toMatchObject({ repository: 'name-aa', trigger: 'call', state: 'failed', reason: 'unreachable' });
    expect(all.at(-1)).toMatchObject({ repository: 'name-bb', state: 'done', attempts: 1 });
    expect(listSyncs(db, 'ann', { repository: 'name-bb', limit: 10 })).toHaveLength(1);
    expect(listSyncs(db, 'ann', { jobId: all[3]?.id, limit: 10 })).toEqual([all[3]]);
    expect(listSyncs(db, 'bob', { limit: 10 })).toEqual([]);
  });

  it('keeps the ledger of what is skipped, and of contents that are gone', async () => {
    const log = startLog();
    log.sync('aa', small);
    const gone = { ...log.sources, blobs: { get: async () => undefined } };
    const index = openIndex(gone);
    opened.push(index.db);
    await applyAll(index, log.items);
    const ledger = index.db.prepare('SELECT path, skipped FROM file ORDER BY path').all();
    expect(ledger).toEqual([
      { path: 'a.ts', skipped: 'missing' },
      { path: 'b.ts', skipped: 'missing' },
      { path: 'logo.png', skipped: 'binary' },
    ]);
    expect(index.db.prepare('SELECT skipped FROM repository').pluck().get()).toBe('{"binary":1,"missing":2}');
  });

  it('skips the commits of a parked owner', async () => {
    const log = startLog();
    log.sync('aa', small);
    const index = open(log);
    parkOwner(index.db, { owner: 'ann', seq: 1, reason: 'Error' });
    await applyAll(index, log.items);
    expect(count(index.db, 'file')).toBe(0);
    expect(count(index.db, 'blob')).toBe(0);
  });

  it('forgets what was prepared and never applied', async () => {
    const log = startLog();
    log.sync('aa', small);
    const first = open(log);
    for (const item of log.items) await first.writer.prepare?.(item, async () => undefined);
    expect(count(first.db, 'blob')).toBe(2);
    openCodeWriter(first.db, log.sources);
    expect(count(first.db, 'blob')).toBe(0);
  });
});
