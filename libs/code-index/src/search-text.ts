import { splitIdentifiers } from '@memlane/code-intel';
import type { Db } from '@memlane/projection';
import { queryWords } from '@memlane/search';
import { blobOfChunkSql, ownerToken } from './keys.js';
import { fromBlob, kindCondition, ownerKeyOf, scopeCondition, type CodeScope } from './scope.js';

/** One FTS5 string: whatever is inside is text to the tokenizer, never syntax. */
function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** The words that a query for code is looked up by: identifiers split as they are in the index. */
export function codeQueryWords(query: string): string[] {
  return queryWords(splitIdentifiers(query));
}

/**
 * Keys of the chunks that have any of the words, best first by BM25. The filter is applied before the limit.
 *
 * @param pool at least 1
 */
export function searchCodeText(db: Db, scope: CodeScope, query: string, pool: number): number[] {
  const owner = ownerKeyOf(db, scope.owner);
  const words = codeQueryWords(query);
  if (owner === undefined || words.length === 0) return [];
  const { sql, params } = scopeCondition(owner, scope);
  const kind = kindCondition(scope, 't.rowid');
  const match = `owner : ${quote(ownerToken(owner))} AND {path names body} : (${words.map(quote).join(' OR ')})`;
  return db
    .prepare<unknown[], number>(
      `SELECT t.rowid FROM chunk_text t WHERE chunk_text MATCH :match
       AND EXISTS (SELECT 1 FROM (SELECT ${blobOfChunkSql('t.rowid')} AS key) k JOIN ${fromBlob('k.key')} WHERE ${sql} AND ${kind.sql})
       ORDER BY t.rank LIMIT :pool`,
    )
    .pluck()
    .all({ ...params, ...kind.params, match, pool });
}
