import { isMemoryEvent } from '@memlane/contracts';
import { concernedIds, evolve, type MemoryFacts, type MemoryFactsReader, type MemoryFilter } from '@memlane/domain';
import type { Database } from 'better-sqlite3';
import type { AppliedCommit, FactsTable } from './facts-table.js';

interface FactsRow {
  readonly id: string;
  readonly version: number;
  readonly contentHash: string;
  readonly type: string | null;
  readonly tags: string;
  readonly metadataHash: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

const COLUMNS = `id, version, content_hash AS contentHash, type, tags, metadata_hash AS metadataHash,
  created_at AS createdAt, expires_at AS expiresAt`;

const BY_CONTENT = `SELECT ${COLUMNS} FROM memory m
  WHERE owner = ? AND content_hash = ? AND (expires_at IS NULL OR expires_at > ?)`;

/** @param tag placeholder of its value */
const HAS_TAG = (tag: string) =>
  `EXISTS (SELECT 1 FROM memory_tag t WHERE t.owner = m.owner AND t.id = m.id AND t.tag = ${tag})`;

/** The facts of all memories of a partition. */
export class MemoryFactsTable implements FactsTable {
  readonly kind = 'memory';
  readonly #db: Database;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    this.#db = db;
    db.exec(`
      CREATE TABLE IF NOT EXISTS memory (
        owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, content_hash TEXT NOT NULL, type TEXT,
        tags TEXT NOT NULL, metadata_hash TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT, seq INTEGER NOT NULL,
        PRIMARY KEY (owner, id)
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS memory_content ON memory (owner, content_hash);
      CREATE INDEX IF NOT EXISTS memory_created ON memory (owner, created_at);
      CREATE TABLE IF NOT EXISTS memory_tag (
        owner TEXT NOT NULL, tag TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (owner, tag, id)
      ) WITHOUT ROWID;
    `);
    this.#statements = prepareStatements(db);
  }

  apply({ seq, owner, commit }: AppliedCommit): void {
    for (const event of commit.events.filter(isMemoryEvent))
      for (const id of concernedIds(event)) {
        const before = this.#read(owner, id);
        const after = evolve(before, event, commit.at);
        if (after !== before) this.#write({ owner, id, seq }, before, after);
      }
  }

  readerOf(owner: string): MemoryFactsReader {
    return {
      byId: (id) => this.#read(owner, id),
      byContentHash: (hash, now, within) =>
        toFacts(
          (within === undefined
            ? this.#statements.byContent.get(owner, hash, now)
            : this.#statements.byContentWithin.get(owner, hash, now, within)) as FactsRow | undefined,
        ),
      matching: (filter, now, max) => this.#matching(owner, filter, now, max),
    };
  }

  #read(owner: string, id: string): MemoryFacts | undefined {
    return toFacts(this.#statements.byId.get(owner, id) as FactsRow | undefined);
  }

  /** @param after what the memory is now; `undefined` removes it */
  #write(
    { owner, id, seq }: { readonly owner: string; readonly id: string; readonly seq: number },
    before: MemoryFacts | undefined,
    after: MemoryFacts | undefined,
  ): void {
    for (const tag of before?.tags ?? []) this.#statements.removeTag.run(owner, tag, id);
    if (!after) {
      this.#statements.remove.run(owner, id);
      return;
    }
    this.#statements.write.run({ ...after, owner, tags: JSON.stringify(after.tags), seq });
    for (const tag of after.tags) this.#statements.addTag.run(owner, tag, id);
  }

  #matching(owner: string, filter: MemoryFilter, now: string, max: number): string[] {
    const conditions = ['owner = @owner', '(expires_at IS NULL OR expires_at > @now)'];
    const values: Record<string, unknown> = { owner, now, max };
    if (filter.ids) {
      conditions.push('id IN (SELECT value FROM json_each(@ids))');
      values['ids'] = JSON.stringify(filter.ids);
    }
    if (filter.tags) {
      const tagged =
        'SELECT count(*) FROM memory_tag t WHERE t.owner = m.owner AND t.id = m.id AND t.tag IN (SELECT value FROM json_each(@tags))';
      conditions.push(`(${tagged}) >= @tag_count`);
      values['tags'] = JSON.stringify(filter.tags);
      values['tag_count'] = filter.tagsMatch === 'all' ? filter.tags.length : 1;
    }
    if (filter.within !== undefined) {
      conditions.push(HAS_TAG('@within'));
      values['within'] = filter.within;
    }
    if (filter.after !== undefined) {
      conditions.push('created_at >= @after');
      values['after'] = filter.after;
    }
    if (filter.before !== undefined) {
      conditions.push('created_at < @before');
      values['before'] = filter.before;
    }
    const sql = `SELECT id FROM memory m WHERE ${conditions.join(' AND ')} ORDER BY created_at, id LIMIT @max`;
    return this.#db.prepare(sql).pluck().all(values) as string[];
  }
}

function toFacts(row: FactsRow | undefined): MemoryFacts | undefined {
  return row && { ...row, tags: JSON.parse(row.tags) as string[] };
}

function prepareStatements(db: Database) {
  return {
    byId: db.prepare(`SELECT ${COLUMNS} FROM memory WHERE owner = ? AND id = ?`),
    byContent: db.prepare(`${BY_CONTENT} ORDER BY created_at, id LIMIT 1`),
    byContentWithin: db.prepare(`${BY_CONTENT} AND ${HAS_TAG('?')} ORDER BY created_at, id LIMIT 1`),
    write: db.prepare(
      `INSERT OR REPLACE INTO memory VALUES
       (@owner, @id, @version, @contentHash, @type, @tags, @metadataHash, @createdAt, @expiresAt, @seq)`,
    ),
    remove: db.prepare('DELETE FROM memory WHERE owner = ? AND id = ?'),
    addTag: db.prepare('INSERT OR IGNORE INTO memory_tag VALUES (?, ?, ?)'),
    removeTag: db.prepare('DELETE FROM memory_tag WHERE owner = ? AND tag = ? AND id = ?'),
  };
}
