import { indexText, type Chunk, type ParsedFile } from '@memlane/code-intel';
import { prepareOnce, type Db } from '@memlane/projection';
import type { Statement } from 'better-sqlite3';
import { ownerToken } from '@memlane/search';
import { chunkKeyOf, chunkKeysOf } from './keys.js';
import { columnsOf, textTables } from './text-tables.js';

/** What tells contents apart: the same bytes under another language are another one. */
export interface BlobId {
  /** Key of the owner. */
  readonly owner: number;
  readonly sha256: string;
  readonly variant: string;
}

/** The contents of an owner: what they say is kept once. */
export interface BlobTable {
  find(id: BlobId): number | undefined;
  /** @param paths as `setPaths` */
  insert(id: BlobId, parsed: ParsedFile, paths: string): number;
  /** Makes a content found by the words of these paths, one a line; what it says is not parsed again. */
  setPaths(blob: number, paths: string): void;
  remove(blob: number): void;
}

interface ChunkRow {
  readonly key: number;
  readonly start_line: number;
  readonly end_line: number;
  readonly symbol: number | null;
  readonly breadcrumb: string;
  readonly defines: string;
  readonly text: string;
}

/** Key of a content by its owner, sha256 and variant. */
export function prepareFindBlob(db: Db): Statement<[number, string, string], number> {
  const sql = 'SELECT key FROM blob WHERE owner = ? AND sha256 = ? AND variant = ?';
  return prepareOnce<number>(db, sql).pluck();
}

export function openBlobTable(db: Db): BlobTable {
  const find = prepareFindBlob(db);
  const insertBlob = db.prepare(
    `INSERT INTO blob (owner, sha256, variant, language, as_text, chunks, symbols, path_words)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertChunk = db.prepare(
    'INSERT INTO chunk (key, start_line, end_line, symbol, breadcrumb, defines, text) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertSymbol = db.prepare(
    `INSERT INTO symbol (blob, ordinal, owner, name, kind, signature, start_line, end_line, container, doc, exported)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertReference = db.prepare(
    `INSERT INTO reference (blob, ordinal, owner, name, kind, line, symbol, module, alias, receiver)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const texts = textTables.map((table) => {
    const columns = columnsOf(table);
    const places = columns.map((column) => `@${column}`);
    return {
      insert: db.prepare(
        `INSERT INTO ${table.name} (rowid, owner, ${columns.join(', ')}) VALUES (@key, @owner, ${places.join(', ')})`,
      ),
      remove: db.prepare(`DELETE FROM ${table.name} WHERE rowid = ?`),
    };
  });
  const row = db.prepare<[number], { owner: number; path_words: string }>(
    'SELECT owner, path_words FROM blob WHERE key = ?',
  );
  const writePaths = db.prepare('UPDATE blob SET path_words = ? WHERE key = ?');
  const chunkKeys = db.prepare<[number, number], number>('SELECT key FROM chunk WHERE key BETWEEN ? AND ?').pluck();
  const chunks = db.prepare<[number, number], ChunkRow>('SELECT * FROM chunk WHERE key BETWEEN ? AND ? ORDER BY key');
  const symbolNames = db.prepare<[number], string>('SELECT name FROM symbol WHERE blob = ? ORDER BY ordinal').pluck();
  const removals = [
    db.prepare('DELETE FROM symbol WHERE blob = ?'),
    db.prepare('DELETE FROM reference WHERE blob = ?'),
    db.prepare('DELETE FROM blob WHERE key = ?'),
  ];
  const removeChunks = db.prepare('DELETE FROM chunk WHERE key BETWEEN ? AND ?');

  function index(owner: number, key: number, chunk: Chunk, paths: string, symbols: Named): void {
    const words = { key, owner: ownerToken(owner), ...indexText(chunk, paths, symbols) };
    for (const { insert } of texts) insert.run(words);
  }

  function unindex(blob: number): void {
    for (const key of chunkKeys.all(...chunkKeysOf(blob))) for (const { remove } of texts) remove.run(key);
  }

  return {
    find: (id) => find.get(id.owner, id.sha256, id.variant),

    insert({ owner, sha256, variant }, { language, chunks: cut, symbols, references, asText = null }, paths) {
      const { lastInsertRowid } = insertBlob.run(
        ...[owner, sha256, variant, language, asText, cut.length, symbols.length, paths],
      );
      const blob = Number(lastInsertRowid);
      for (const [ordinal, chunk] of cut.entries()) {
        const key = chunkKeyOf(blob, ordinal);
        const breadcrumb = JSON.stringify(chunk.breadcrumb.slice(1));
        const symbol = chunk.defines[0] ?? chunk.symbol ?? null;
        const defines = JSON.stringify(chunk.defines);
        insertChunk.run(key, chunk.startLine, chunk.endLine, symbol, breadcrumb, defines, chunk.text);
        index(owner, key, chunk, paths, symbols);
      }
      for (const [ordinal, s] of symbols.entries()) {
        const { name, kind, signature, startLine, endLine, container = null, doc = null, exported } = s;
        const place = [startLine, endLine, container, doc, exported ? 1 : 0];
        insertSymbol.run(blob, ordinal, owner, name, kind, signature, ...place);
      }
      for (const [ordinal, reference] of references.entries()) {
        const { name, kind, line, from = null, module = null, alias = null, receiver = null } = reference;
        insertReference.run(blob, ordinal, owner, name, kind, line, from, module, alias, receiver);
      }
      return blob;
    },

    setPaths(blob, paths) {
      const known = row.get(blob);
      if (!known || known.path_words === paths) return;
      const symbols = symbolNames.all(blob).map((name) => ({ name }));
      unindex(blob);
      for (const chunk of chunks.all(...chunkKeysOf(blob)))
        index(known.owner, chunk.key, toChunk(chunk), paths, symbols);
      writePaths.run(paths, blob);
    },

    remove(blob) {
      unindex(blob);
      removeChunks.run(...chunkKeysOf(blob));
      for (const removal of removals) removal.run(blob);
    },
  };
}

type Named = Parameters<typeof indexText>[2];

function toChunk(row: ChunkRow): Chunk {
  return {
    startLine: row.start_line,
    endLine: row.end_line,
    text: row.text,
    // The first part is the path, which is not of the content.
    breadcrumb: ['', ...(JSON.parse(row.breadcrumb) as string[])],
    defines: JSON.parse(row.defines) as number[],
    ...(row.symbol !== null && { symbol: row.symbol }),
  };
}
