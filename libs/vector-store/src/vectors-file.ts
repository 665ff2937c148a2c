import { codeOf } from '@memlane/contracts';
import { openReaderDb, openWriterDb, prepareOnce, type Db } from '@memlane/projection';

/**
 * One file per partition. Rows of different models live side by side, each in its set, so that a new model is built
 * beside the old one. `rev` counts the changes of a set: readers and the Chroma writer follow it.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS vector_set (
    id INTEGER PRIMARY KEY, model TEXT NOT NULL UNIQUE, dimensions INTEGER NOT NULL, rev INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE IF NOT EXISTS cursor (
    set_id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, seq INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS pending (
    set_id INTEGER NOT NULL, owner TEXT NOT NULL, memory_id TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (set_id, owner, memory_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS pending_by_owner ON pending (set_id, owner, seq);
  CREATE INDEX IF NOT EXISTS pending_by_seq ON pending (set_id, seq);
  CREATE TABLE IF NOT EXISTS embedding (
    set_id INTEGER NOT NULL, key BLOB NOT NULL, pieces INTEGER NOT NULL, vectors BLOB NOT NULL,
    UNIQUE (set_id, key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS vector (
    set_id INTEGER NOT NULL, owner TEXT NOT NULL, memory_id TEXT NOT NULL, key BLOB,
    pieces INTEGER NOT NULL, most_pieces INTEGER NOT NULL, rev INTEGER NOT NULL,
    PRIMARY KEY (set_id, owner, memory_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS vector_by_rev ON vector (set_id, owner, rev);
  CREATE INDEX IF NOT EXISTS vector_by_key ON vector (set_id, key);
  CREATE TABLE IF NOT EXISTS owner_vectors (
    set_id INTEGER NOT NULL, owner TEXT NOT NULL, memories INTEGER NOT NULL, vectors INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (set_id, owner)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS chroma_state (
    set_id INTEGER NOT NULL, owner TEXT NOT NULL, applied_rev INTEGER NOT NULL, refills INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (set_id, owner)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Opens a vectors file for its only writer, the vector projector.
 *
 * `synchronous=NORMAL`: a power loss may take the last vectors away, together with the cursor that tells of them, and they
 * are made again; nobody waits for a position of this file.
 *
 * @throws SqliteError, see `isDamaged`, when it is damaged
 */
export function openVectorsWriter(path: string): Db {
  const db = openWriterDb(path);
  try {
    db.pragma('synchronous = NORMAL');
    db.exec(schema);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens a vectors file for reading; `undefined` while there is none. */
export function openVectorsReader(path: string): Db | undefined {
  let db: Db | undefined;
  try {
    db = openReaderDb(path);
    const ready = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'chroma_state'").get() !== undefined;
    if (ready) return db;
  } catch (error) {
    if (codeOf(error) !== 'SQLITE_CANTOPEN') {
      db?.close();
      throw error;
    }
  }
  db?.close();
  return undefined;
}

/** The vectors of one model in one file. */
export interface VectorSet {
  readonly id: number;
  readonly model: string;
  readonly dimensions: number;
}

export function findSet(db: Db, model: string): VectorSet | undefined {
  return prepareOnce<VectorSet>(db, 'SELECT id, model, dimensions FROM vector_set WHERE model = ?').get(model);
}

/** The set that was begun last. */
export function findNewestSet(db: Db): VectorSet | undefined {
  return prepareOnce<VectorSet>(db, 'SELECT id, model, dimensions FROM vector_set ORDER BY id DESC LIMIT 1').get();
}

/** Finds the set of a model or begins it. */
export function openSet(db: Db, model: string, dimensions: number): VectorSet {
  db.prepare('INSERT INTO vector_set (model, dimensions) VALUES (?, ?) ON CONFLICT DO NOTHING').run(model, dimensions);
  const set = findSet(db, model);
  if (set?.dimensions !== dimensions) throw new Error('the vectors of this model have other dimensions in the file');
  return set;
}

/** Removes every other set: called when this one has caught up. @returns the collections that are of no use any more */
export function dropOtherSets(db: Db, set: VectorSet): { readonly owner: string; readonly model: string }[] {
  if (prepareOnce(db, 'SELECT 1 FROM vector_set WHERE id <> ?').get(set.id) === undefined) return [];
  return db.transaction(() => {
    const collections = db
      .prepare<[number], { owner: string; model: string }>(
        'SELECT c.owner, s.model FROM chroma_state c JOIN vector_set s ON s.id = c.set_id WHERE s.id <> ?',
      )
      .all(set.id);
    for (const table of ['cursor', 'pending', 'embedding', 'vector', 'owner_vectors', 'chroma_state'])
      db.prepare(`DELETE FROM ${table} WHERE set_id <> ?`).run(set.id);
    db.prepare('DELETE FROM vector_set WHERE id <> ?').run(set.id);
    return collections;
  })();
}
