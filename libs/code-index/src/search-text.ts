import { splitIdentifiers, textColumns } from '@memlane/code-intel';
import { ownerKeyOf, prepareOnce, type Db } from '@memlane/projection';
import { matchAnyWord, queryWords } from '@memlane/search';
import { blobOfChunkSql } from './keys.js';
import { matchWords, termOfOwner } from './match-words.js';
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
  const columns = textColumns.map(({ name }) => name);
  return search(db, scope, query, (owner, words, find) => {
    const { byRare, byAny } = matchWords(db, owner, words, { columns });
    const best = byRare === undefined ? [] : find(byRare, pool);
    return best.length < pool ? find(byAny, pool) : best;
  });
}

/** The same over the words of paths and names only: few chunks are named by a word. */
export function searchCodeNames(db: Db, scope: CodeScope, query: string, pool: number): number[] {
  return search(db, scope, query, (owner, words, find) =>
    find(matchAnyWord(owner, words, namesColumns), pool, namesRank),
  );
}

/** Rows of a scope that an FTS5 expression matches, best first. */
type Find = (match: string, pool: number, rank?: string) => number[];

function search(
  db: Db,
  scope: CodeScope,
  query: string,
  searchWords: (owner: string | undefined, words: readonly string[], find: Find) => number[],
): number[] {
  const owner = ownerKeyOf(db, scope.owner);
  // Identifiers are split as they are in the index.
  const words = queryWords(splitIdentifiers(query));
  if (owner === undefined || words.length === 0) return [];
  const { sql, params } = scopeCondition(owner, scope);
  const kind = kindCondition(scope, 't.rowid');
  return searchWords(termOfOwner(db, owner), words, (match, pool, rank) =>
    prepareOnce<number>(
      db,
      `SELECT t.rowid FROM chunk_text t WHERE chunk_text MATCH :match ${rank === undefined ? '' : `AND t.rank MATCH '${rank}'`}
       AND EXISTS (SELECT 1 FROM (SELECT ${blobOfChunkSql('t.rowid')} AS key) k CROSS JOIN ${fromBlob('k.key')} WHERE ${sql} AND ${kind.sql})
       ORDER BY t.rank LIMIT :pool`,
    )
      .pluck()
      .all({ ...params, ...kind.params, match, pool }),
  );
}
