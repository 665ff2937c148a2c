import { ownerKeyOf, prepareOnce, type Db } from '@memlane/projection';
import { blobOfChunk, blobOfChunkSql } from './keys.js';
import { fromBlob, scopeCondition, type CodeScope } from './scope.js';

/** What ranking needs to know of a chunk. A content that lies in several places is the first of them. */
export interface CodeCandidate {
  readonly key: number;
  readonly repository: string;
  readonly path: string;
  /** Importance of the file in its repository; 0 when it is not known. */
  readonly rank: number;
  /** Names that are defined here. */
  readonly defines: readonly string[];
}

/** A chunk where a reader finds it. */
export interface CodeHit extends CodeCandidate {
  readonly blob: number;
  readonly commit: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly language: string;
  /** Qualified name of the definition that begins here, or that this is a part of. */
  readonly symbol: string | null;
  readonly kind: string | null;
  readonly text: string;
}

/** Names as a JSON array; `null` for none, without asking for them. */
type Row<Read extends CodeCandidate> = Omit<Read, 'blob' | 'defines'> & { readonly defines: string | null };

const ofCandidate = `c.key, r.name AS repository, f.path, f.rank,
  iif(c.defines = '[]', NULL, (SELECT json_group_array(d.name) FROM json_each(c.defines) j
    CROSS JOIN symbol d ON d.blob = b.key AND d.ordinal = j.value)) AS defines`;

/** Reads of chunks what ranking needs, in the order given; those that are not in the scope are left out. */
export function readCandidates(db: Db, scope: CodeScope, keys: readonly number[]): CodeCandidate[] {
  return read<CodeCandidate>(db, scope, keys, { columns: ofCandidate, joined: '' }).map(withNames);
}

/** Reads chunks by their keys, in the order given; those that are not in the scope are left out. */
export function readHits(db: Db, scope: CodeScope, keys: readonly number[]): CodeHit[] {
  const rows = read<CodeHit>(db, scope, keys, {
    columns: `${ofCandidate}, r.commit_id AS "commit", c.start_line AS startLine, c.end_line AS endLine, b.language,
      iif(s.container IS NULL, s.name, s.container || '.' || s.name) AS symbol, s.kind, c.text`,
    joined: 'LEFT JOIN symbol s ON s.blob = b.key AND s.ordinal = c.symbol',
  });
  return rows.map((row) => ({ ...withNames(row), blob: blobOfChunk(row.key) }));
}

function read<Read extends CodeCandidate>(
  db: Db,
  scope: CodeScope,
  keys: readonly number[],
  { columns, joined }: { readonly columns: string; readonly joined: string },
): Row<Read>[] {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined) return [];
  const { sql, params } = scopeCondition(owner, scope);
  const places = prepareOnce<Row<Read>>(
    db,
    `SELECT ${columns} FROM json_each(:keys) k CROSS JOIN chunk c ON c.key = k.value
     CROSS JOIN ${fromBlob(blobOfChunkSql('c.key'))} ${joined} WHERE ${sql} ORDER BY k.key, r.name, f.path`,
  ).all({ ...params, keys: JSON.stringify(keys) });
  return places.filter(({ key }, i) => key !== places[i - 1]?.key);
}

function withNames<R extends { readonly defines: string | null }>(row: R): R & { readonly defines: readonly string[] } {
  return { ...row, defines: JSON.parse(row.defines ?? '[]') as string[] };
}
