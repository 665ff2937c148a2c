import { checkpointSchema, parkedSchema, type Db } from '@memlane/projection';
import { columnsOf, textTables, type TextTable } from './text-tables.js';

/**
 * A file of another version is not migrated: it is rebuilt from the log. To be raised when a table or the meaning of
 * its rows changes, a better grammar included, or what is embedded of a chunk.
 */
export const CODE_INDEX_VERSION = 6;

/** Name of the projection in the `checkpoint` table. */
export const CODE_PROJECTION = 'code';

/** Without the text itself, which is in `chunk`. `_terms` is for digests. */
const textSchema = (table: TextTable) => `
  CREATE VIRTUAL TABLE ${table.name} USING fts5 (
    owner, ${columnsOf(table).join(', ')}, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2'
  );
  INSERT INTO ${table.name} (${table.name}, rank)
    VALUES ('rank', 'bm25(0.0, ${Object.values(table.weights)
      .map((weight) => weight.toFixed(1))
      .join(', ')})');
  CREATE VIRTUAL TABLE ${table.name}_terms USING fts5vocab (${table.name}, instance);
`;

/**
 * One file holds the repositories of one partition.
 *
 * What a content says (`blob`, `chunk`, `symbol`, `reference`) is kept once for each owner, however many paths, commits
 * and repositories have it. `variant` is the language that the path tells: the same bytes mean another thing in a `.h`
 * and in a `.cpp`. `file` is what readers see, `staged` what a running sync has recorded; the end of the sync moves the
 * one into the other. `file_graph` is who refers to whom, moved with it. A chunk's key is its blob's and its place in it, see `chunkKeyOf`.
 */
const codeSchema = `
  ${checkpointSchema};

  CREATE TABLE owner (
    key INTEGER PRIMARY KEY,
    owner TEXT NOT NULL UNIQUE,
    seq INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE repository (
    key INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    ref TEXT,
    job_id TEXT NOT NULL,
    state TEXT NOT NULL,
    problem TEXT,
    planned_commit TEXT,
    base_commit TEXT,
    commit_id TEXT,
    synced_at TEXT,
    files INTEGER NOT NULL DEFAULT 0,
    chunks INTEGER NOT NULL DEFAULT 0,
    symbols INTEGER NOT NULL DEFAULT 0,
    skipped TEXT NOT NULL DEFAULT '{}',
    every_minutes INTEGER,
    webhook INTEGER NOT NULL DEFAULT 0,
    UNIQUE (owner, id)
  ) STRICT;

  CREATE TABLE sync (
    key INTEGER PRIMARY KEY,
    repository INTEGER NOT NULL,
    job_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    message TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    requested_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    commit_id TEXT,
    base_commit TEXT,
    added INTEGER,
    changed INTEGER,
    removed INTEGER,
    skipped INTEGER,
    UNIQUE (repository, job_id)
  ) STRICT;

  CREATE TABLE file (
    key INTEGER PRIMARY KEY,
    repository INTEGER NOT NULL,
    path TEXT NOT NULL,
    blob INTEGER,
    skipped TEXT,
    size INTEGER,
    redacted INTEGER NOT NULL,
    changed_at TEXT NOT NULL,
    rank REAL NOT NULL DEFAULT 0,
    UNIQUE (repository, path)
  ) STRICT;
  CREATE INDEX file_by_blob ON file (blob) WHERE blob IS NOT NULL;

  CREATE TABLE staged (
    repository INTEGER NOT NULL,
    path TEXT NOT NULL,
    removed INTEGER NOT NULL,
    blob INTEGER,
    skipped TEXT,
    size INTEGER,
    redacted INTEGER NOT NULL,
    PRIMARY KEY (repository, path)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX staged_by_blob ON staged (blob) WHERE blob IS NOT NULL;

  CREATE TABLE file_graph (
    repository INTEGER NOT NULL,
    path TEXT NOT NULL,
    imports TEXT NOT NULL,
    links TEXT NOT NULL,
    uses TEXT NOT NULL,
    UNIQUE (repository, path)
  ) STRICT;

  CREATE TABLE blob (
    key INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    variant TEXT NOT NULL,
    language TEXT NOT NULL,
    as_text TEXT,
    chunks INTEGER NOT NULL,
    symbols INTEGER NOT NULL,
    path_words TEXT NOT NULL,
    UNIQUE (owner, sha256, variant)
  ) STRICT;

  CREATE TABLE chunk (
    key INTEGER PRIMARY KEY,
    start_line INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    symbol INTEGER,
    breadcrumb TEXT NOT NULL,
    defines TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;

  CREATE TABLE symbol (
    blob INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    kind TEXT NOT NULL,
    signature TEXT NOT NULL,
    start_line INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    container TEXT,
    doc TEXT,
    exported INTEGER NOT NULL,
    PRIMARY KEY (blob, ordinal)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX symbol_by_name ON symbol (owner, name);

  CREATE TABLE reference (
    blob INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    line INTEGER NOT NULL,
    symbol INTEGER,
    module TEXT,
    alias TEXT,
    receiver TEXT,
    PRIMARY KEY (blob, ordinal)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX reference_by_name ON reference (owner, name);

  ${textTables.map(textSchema).join('')}
  CREATE TABLE vector_outbox (
    owner INTEGER NOT NULL,
    chunk_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    gone INTEGER NOT NULL,
    PRIMARY KEY (owner, chunk_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX vector_outbox_by_seq ON vector_outbox (seq);

  ${parkedSchema};

  PRAGMA user_version = ${CODE_INDEX_VERSION};
`;

/** Makes the tables of a new file; `false` when the file is of another version and has to be rebuilt. */
export function prepareCodeIndex(db: Db): boolean {
  const version = db.pragma('user_version', { simple: true });
  if (version === 0) db.transaction(() => db.exec(codeSchema))();
  return version === 0 || version === CODE_INDEX_VERSION;
}
