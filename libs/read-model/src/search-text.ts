import { ownerKeyOf, prepareOnce, type Db } from '@memlane/projection';
import { certainWords, matchAnyWord, matchPhrase, ownerToken, queryWords, splitWords } from '@memlane/search';
import { scopeCondition, type ReadScope } from './filter.js';
import type { PageKey } from './list-memories.js';

/**
 * Memories with any of the query's words in their window text, best first by BM25.
 *
 * @param pool most hits that are returned
 */
export function searchText(db: Db, scope: ReadScope, query: string, pool: number): { id: string }[] {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined) return [];
  const words = queryWords(query);
  if (words.length === 0) return [];
  const match = matchAnyWord(ownerToken(owner), words, ['window']);
  const condition = scopeCondition(owner, scope);
  // `ORDER BY rank` alone lets FTS5 sort by itself, so that only the best rows are joined.
  return prepareOnce<{ id: string; rank: number; ord: number }>(
    db,
    `SELECT m.id, f.rank, m.ord FROM memory_text f CROSS JOIN memory m ON m.ord = f.rowid
     WHERE memory_text MATCH :match AND ${condition.sql} ORDER BY f.rank LIMIT :pool`,
  )
    .all({ ...condition.params, match, pool })
    .sort((a, b) => a.rank - b.rank || b.ord - a.ord);
}

/** One slice of a search for memories that contain a text literally. */
export interface LiteralSlice {
  readonly hits: readonly { readonly id: string; readonly key: PageKey }[];
  /** Where the next slice begins; `undefined` after the last. */
  readonly next: PageKey | undefined;
}

/**
 * Looks for a literal text, whatever its case, in the next memories, newest first. Slices are short, so that a caller
 * can let others go first between two of them.
 *
 * @param rows memories to look at in this slice
 */
export function scanLiteral(
  db: Db,
  scope: ReadScope,
  { literal, from, rows }: { literal: string; from: PageKey | undefined; rows: number },
): LiteralSlice {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined) return { hits: [], next: undefined };
  const condition = scopeCondition(owner, scope);
  const match = matchPhrase(ownerToken(owner), splitWords(certainWords(literal)));
  const scanned = prepareOnce<{ id: string; content: string; created_at: string; ord: number }>(
    db,
    `SELECT m.id, m.content, m.created_at, m.ord FROM memory m WHERE ${condition.sql}
     ${match === undefined ? '' : 'AND m.ord IN (SELECT rowid FROM memory_text WHERE memory_text MATCH :match)'}
     ${from ? 'AND (m.created_at, m.ord) < (:fromTime, :fromOrd)' : ''}
     ORDER BY m.created_at DESC, m.ord DESC LIMIT :rows`,
  ).all({ ...condition.params, match, rows, fromTime: from?.createdAt, fromOrd: from?.ord });
  const folded = literal.toLowerCase();
  const keyOf = (row: { created_at: string; ord: number }): PageKey => ({ createdAt: row.created_at, ord: row.ord });
  const last = scanned.at(-1);
  return {
    hits: scanned
      .filter(({ content }) => content.toLowerCase().includes(folded))
      .map((row) => ({ id: row.id, key: keyOf(row) })),
    next: last && scanned.length === rows ? keyOf(last) : undefined,
  };
}
