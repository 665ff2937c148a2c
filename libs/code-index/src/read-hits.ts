import { ownerKeyOf, prepareOnce, type Db } from '@memlane/projection';
import { blobOfChunk, blobOfChunkSql } from './keys.js';
import { fromBlob, scopeCondition, type CodeScope } from './scope.js';

/** A chunk where a reader finds it. A content that lies in several places is shown in the first of them. */
export interface CodeHit {
  readonly key: number;
  readonly blob: number;
  readonly repository: string;
  readonly commit: string;
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly language: string;
  /** Importance of the file in its repository; 0 when it is not known. */
  readonly rank: number;
  /** Qualified name of the definition that begins here, or that this is a part of. */
  readonly symbol: string | null;
  readonly kind: string | null;
  /** Names that are defined here. */
  readonly defines: readonly string[];
  readonly text: string;
}

interface Row extends Omit<CodeHit, 'blob' | 'defines'> {
  readonly defines: string | null;
}

/** Reads chunks by their keys, in the order given; those that are not in the scope are left out. */
export function readHits(db: Db, scope: CodeScope, keys: readonly number[]): CodeHit[] {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined) return [];
  const { sql, params } = scopeCondition(owner, scope);
  const one = prepareOnce<Row>(
    db,
    `SELECT c.key, r.name AS repository, r.commit_id AS "commit", f.path, c.start_line AS startLine, c.end_line AS endLine,
            b.language, f.rank, iif(s.container IS NULL, s.name, s.container || '.' || s.name) AS symbol, s.kind, c.text,
            (SELECT json_group_array(d.name) FROM json_each(c.defines) j CROSS JOIN symbol d ON d.blob = b.key AND d.ordinal = j.value) AS defines
     FROM chunk c CROSS JOIN ${fromBlob(blobOfChunkSql('c.key'))} LEFT JOIN symbol s ON s.blob = b.key AND s.ordinal = c.symbol
     WHERE c.key = :key AND ${sql} ORDER BY r.name, f.path LIMIT 1`,
  );
  return keys.flatMap((key) => {
    const row = one.get({ ...params, key });
    if (!row) return [];
    return [{ ...row, blob: blobOfChunk(key), defines: JSON.parse(row.defines ?? '[]') as string[] }];
  });
}
