import { createHash } from 'node:crypto';
import type { Db } from '@memlane/projection';
import { blobOfChunk, blobOfChunkSql, ordinalOfChunk, ordinalOfChunkSql } from './keys.js';
import { textTables, type TextTable } from './text-tables.js';

const blobName = "o.owner || '/' || b.sha256 || '.' || b.variant";
const ofVisible = 'EXISTS (SELECT 1 FROM file v WHERE v.blob = b.key)';

/** What readers can see, by names instead of the file's own keys, in the order of the names. */
const visibleTables: readonly (readonly [name: string, sql: string])[] = [
  [
    'repository',
    `SELECT o.owner, r.id, r.name, r.ref, r.commit_id, r.files, r.chunks, r.symbols, r.skipped, r.every_minutes,
       r.webhook
     FROM repository r JOIN owner o ON o.key = r.owner ORDER BY 1, 2`,
  ],
  [
    'file',
    `SELECT o.owner, r.id, f.path, ${blobName}, f.skipped, f.size, f.redacted, f.rank
     FROM file f JOIN repository r ON r.key = f.repository JOIN owner o ON o.key = r.owner LEFT JOIN blob b ON b.key = f.blob
     ORDER BY 1, 2, 3`,
  ],
  [
    'file_graph',
    `SELECT o.owner, r.id, g.path, g.imports, g.links, g.uses
     FROM file_graph g JOIN repository r ON r.key = g.repository JOIN owner o ON o.key = r.owner ORDER BY 1, 2, 3`,
  ],
  [
    'blob',
    `SELECT ${blobName}, b.language, b.as_text, b.chunks, b.symbols, b.path_words
     FROM blob b JOIN owner o ON o.key = b.owner WHERE ${ofVisible} ORDER BY 1`,
  ],
  [
    'chunk',
    `SELECT ${blobName}, ${ordinalOfChunkSql('c.key')}, c.start_line, c.end_line, c.symbol, c.breadcrumb, c.defines, c.text
     FROM chunk c JOIN blob b ON b.key = ${blobOfChunkSql('c.key')} JOIN owner o ON o.key = b.owner WHERE ${ofVisible}
     ORDER BY 1, 2`,
  ],
  [
    'symbol',
    `SELECT ${blobName}, s.ordinal, s.name, s.kind, s.signature, s.start_line, s.end_line, s.container, s.doc, s.exported
     FROM symbol s JOIN blob b ON b.key = s.blob JOIN owner o ON o.key = b.owner WHERE ${ofVisible} ORDER BY 1, 2`,
  ],
  [
    'reference',
    `SELECT ${blobName}, r.ordinal, r.name, r.kind, r.line, r.symbol, r.module, r.alias, r.receiver
     FROM reference r JOIN blob b ON b.key = r.blob JOIN owner o ON o.key = b.owner WHERE ${ofVisible} ORDER BY 1, 2`,
  ],
];

/** What follows from the log and is not shown. */
const hiddenTables: readonly (readonly [name: string, sql: string])[] = [
  [
    'job',
    `SELECT o.owner, r.id, r.source, r.job_id, r.state, r.problem, r.planned_commit, r.base_commit, r.synced_at, o.seq
     FROM repository r JOIN owner o ON o.key = r.owner ORDER BY 1, 2`,
  ],
  [
    'file_changed_at',
    `SELECT o.owner, r.id, f.path, f.changed_at
     FROM file f JOIN repository r ON r.key = f.repository JOIN owner o ON o.key = r.owner ORDER BY 1, 2, 3`,
  ],
  [
    'sync',
    `SELECT o.owner, r.id, s.job_id, s.cause, s.state, s.reason, s.message, s.attempts, s.requested_at, s.started_at,
       s.ended_at, s.commit_id, s.base_commit, s.added, s.changed, s.removed, s.skipped
     FROM sync s JOIN repository r ON r.key = s.repository JOIN owner o ON o.key = r.owner ORDER BY 1, 2, 3`,
  ],
  [
    'staged',
    `SELECT o.owner, r.id, s.path, s.removed, ${blobName}, s.skipped, s.size, s.redacted
     FROM staged s JOIN repository r ON r.key = s.repository JOIN owner o ON o.key = r.owner LEFT JOIN blob b ON b.key = s.blob
     ORDER BY 1, 2, 3`,
  ],
  [
    'vector_outbox',
    'SELECT o.owner, v.chunk_id, v.seq, v.gone FROM vector_outbox v JOIN owner o ON o.key = v.owner ORDER BY 1, 2',
  ],
  ['parked', 'SELECT * FROM parked ORDER BY owner'],
  ['checkpoint', 'SELECT * FROM checkpoint ORDER BY projection'],
];

/** sha256, hex, over everything that readers see: equal however the same files came to be there. */
export function digestVisible(db: Db): string {
  return db.transaction(() => hashOf(db, visibleTables))();
}

/** sha256, hex, over all rows of a file: equal for a live code index and one rebuilt from the same log. */
export function digestCodeIndex(db: Db): string {
  return db.transaction(() => hashOf(db, [...visibleTables, ...hiddenTables]))();
}

function hashOf(db: Db, tables: typeof visibleTables): string {
  const hash = createHash('sha256');
  for (const [name, sql] of tables) {
    hash.update(`${name}\n`);
    for (const row of db.prepare(sql).raw().iterate()) hash.update(`${JSON.stringify(row)}\n`);
  }
  const names = namesOfVisible(db);
  for (const table of textTables) {
    hash.update(`${table.name}\n`);
    for (const line of textLines(db, table, names)) hash.update(`${line}\n`);
  }
  return hash.digest('hex');
}

/** What the visible contents are called outside of the file, by their keys. */
function namesOfVisible(db: Db): ReadonlyMap<number, string> {
  const rows = db.prepare<[], [number, string]>(
    `SELECT b.key, ${blobName} FROM blob b JOIN owner o ON o.key = b.owner WHERE ${ofVisible}`,
  );
  return new Map(rows.raw().all());
}

/** Which terms a text index has of which visible chunk, each with its places. */
function textLines(db: Db, table: TextTable, names: ReadonlyMap<number, string>): string[] {
  const hashes = new Map<number, ReturnType<typeof createHash>>();
  // In the order of the terms; the term that stands for the owner is the file's own key.
  const rows = db.prepare<[], [string, number, string, number]>(
    `SELECT term, doc, col, offset FROM ${table.name}_terms WHERE col <> 'owner'`,
  );
  for (const [term, doc, column, offset] of rows.raw().iterate()) {
    if (!names.has(blobOfChunk(doc))) continue;
    let hash = hashes.get(doc);
    if (!hash) hashes.set(doc, (hash = createHash('sha256')));
    hash.update(`${term} ${column} ${offset}\n`);
  }
  return [...hashes]
    .map(([doc, hash]) => `${names.get(blobOfChunk(doc)) ?? ''} ${ordinalOfChunk(doc)} ${hash.digest('hex')}`)
    .sort();
}
