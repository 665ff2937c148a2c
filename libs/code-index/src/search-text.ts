import { splitIdentifiers } from '@memlane/code-intel';
import { ownerKeyOf, prepareOnce, type Db } from '@memlane/projection';
import { queryWords } from '@memlane/search';
import { blobOfChunkSql } from './keys.js';
import { matchWords, termOfOwner } from './match-words.js';
import { fromBlob, kindCondition, scopeCondition, type CodeScope } from './scope.js';
import { namesTable, textTable, type TextTable } from './text-tables.js';

/**
 * Keys of the chunks that have any of the words, best first by BM25 over all columns. The filter is applied before the
 * limit.
 *
 * @param pool at least 1
 */
export function searchCodeText(db: Db, scope: CodeScope, query: string, pool: number): number[] {
  return search(db, scope, query, pool, textTable);
}

/** The same over the words of paths and names only. */
export function searchCodeNames(db: Db, scope: CodeScope, query: string, pool: number): number[] {
  return search(db, scope, query, pool, namesTable);
}

function search(db: Db, scope: CodeScope, query: string, pool: number, table: TextTable): number[] {
  const owner = ownerKeyOf(db, scope.owner);
  // Identifiers are split as they are in the index.
  const words = queryWords(splitIdentifiers(query));
  if (owner === undefined || words.length === 0) return [];
  const { sql, params } = scopeCondition(owner, scope);
  const kind = kindCondition(scope, 't.rowid');
  const { name } = table;
  const find = prepareOnce<number>(
    db,
    `SELECT t.rowid FROM ${name} t WHERE ${name} MATCH :match
     AND EXISTS (SELECT 1 FROM (SELECT ${blobOfChunkSql('t.rowid')} AS key) k CROSS JOIN ${fromBlob('k.key')} WHERE ${sql} AND ${kind.sql})
     ORDER BY t.rank LIMIT :pool`,
  ).pluck();
  const best = (match: string) => find.all({ ...params, ...kind.params, match, pool });
  const { byRare, byAny } = matchWords(db, termOfOwner(db, owner), words, table);
  const rare = byRare === undefined ? [] : best(byRare);
  return rare.length < pool ? best(byAny) : rare;
}
