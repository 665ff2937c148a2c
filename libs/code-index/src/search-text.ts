import { splitIdentifiers, textColumns } from '@memlane/code-intel';
import { ownerKeyOf, type Db } from '@memlane/projection';
import { matchAnyWord, ownerToken, queryWords } from '@memlane/search';
import { blobOfChunkSql } from './keys.js';
import { fromBlob, kindCondition, scopeCondition, type CodeScope } from './scope.js';

const namesColumns = textColumns.filter(({ namesWeight }) => namesWeight > 0).map(({ name }) => name);
/** Of all columns, the owner's token first; the leg `text` has its weights in the table. */
const namesRank = `bm25(0.0, ${textColumns.map(({ namesWeight }) => namesWeight.toFixed(1)).join(', ')})`;

/**
 * Keys of the chunks that have any of the words, best first by BM25 over all columns. The filter is applied before the
 * limit.
 *
 * @param pool at least 1
 */
export function searchCodeText(db: Db, scope: CodeScope, query: string, pool: number): number[] {
  return search(db, scope, query, pool, { columns: textColumns.map(({ name }) => name), rank: '' });
}

/** The same over the words of paths and names only. */
export function searchCodeNames(db: Db, scope: CodeScope, query: string, pool: number): number[] {
  return search(db, scope, query, pool, { columns: namesColumns, rank: `AND t.rank MATCH '${namesRank}'` });
}

function search(
  db: Db,
  scope: CodeScope,
  query: string,
  pool: number,
  { columns, rank }: { readonly columns: string[]; readonly rank: string },
): number[] {
  const owner = ownerKeyOf(db, scope.owner);
  // Identifiers are split as they are in the index.
  const words = queryWords(splitIdentifiers(query));
  if (owner === undefined) return [];
  const match = matchAnyWord(ownerToken(owner), words, columns);
  if (match === undefined) return [];
  const { sql, params } = scopeCondition(owner, scope);
  const kind = kindCondition(scope, 't.rowid');
  return db
    .prepare<unknown[], number>(
      `SELECT t.rowid FROM chunk_text t WHERE chunk_text MATCH :match ${rank}
       AND EXISTS (SELECT 1 FROM (SELECT ${blobOfChunkSql('t.rowid')} AS key) k JOIN ${fromBlob('k.key')} WHERE ${sql} AND ${kind.sql})
       ORDER BY t.rank LIMIT :pool`,
    )
    .pluck()
    .all({ ...params, ...kind.params, match, pool });
}
