import { prepareOnce, type Db } from '@memlane/projection';
import { matchAnyWord, matchRareWords, matchWord, ownerToken } from '@memlane/search';
import { LRUCache } from 'lru-cache';
import { columnsOf, type TextTable } from './text-tables.js';

/** What is in so many rows is not counted again at every search: it takes longest, and hardly ever changes. */
const COUNT_KEPT_FROM = 500;
const COUNT_KEPT_MS = 60_000;
const COUNTS_KEPT = 2_000;

/** In how many rows of a file words are, of those that are in many. */
const countsIn = new WeakMap<Db, LRUCache<string, number>>();

/** FTS5 expressions on one table, to be tried one after the other until enough is found. */
export interface WordMatches {
  /**
   * Chunks that have the rarer words, ranked by all. What only has words that much of the code has is not found: it would
   * be ranked behind.
   */
  readonly byRare: string | undefined;
  readonly byAny: string;
}

/**
 * The token by which a search matches the rows of an owner; `undefined` when most rows are that owner's. BM25 counts the
 * rows of every term it is asked for, those of this one by the hundred thousand, and the scope of a read leaves out
 * what is of others either way.
 */
export function termOfOwner(db: Db, owner: number): string | undefined {
  const share = prepareOnce<number | null>(
    db,
    'SELECT 1.0 * sum(iif(owner = ?, chunks, 0)) / sum(chunks) FROM repository',
  ).pluck();
  return (share.get(owner) ?? 0) > 0.5 ? undefined : ownerToken(owner);
}

/**
 * Matches the chunks of one owner by words.
 *
 * @param owner see {@link termOfOwner}
 * @param words at least one
 */
export function matchWords(db: Db, owner: string | undefined, words: readonly string[], table: TextTable): WordMatches {
  const { mostRanked: most } = table;
  const columns = columnsOf(table);
  const counted = words.map((word) => ({ word, rows: countRows(db, word, table) })).toSorted((a, b) => a.rows - b.rows);
  let found = 0;
  const rare = counted.filter(({ rows }) => (found += rows) <= most).map(({ word }) => word);
  const common = counted.slice(rare.length).map(({ word }) => word);
  const isSplit = rare.length > 0 && common.length > 0;
  return {
    byRare: isSplit ? matchRareWords(owner, { rare, common }, columns) : undefined,
    byAny: matchAnyWord(owner, words, columns),
  };
}

/** Rows that have a word, of all owners; of a common one so many as to be common. */
function countRows(db: Db, word: string, table: TextTable): number {
  const { name, mostRanked } = table;
  let counts = countsIn.get(db);
  if (!counts) countsIn.set(db, (counts = new LRUCache({ max: COUNTS_KEPT, ttl: COUNT_KEPT_MS })));
  const key = `${name} ${mostRanked} ${word}`;
  const kept = counts.get(key);
  if (kept !== undefined) return kept;
  const count = prepareOnce<number>(
    db,
    `SELECT count(*) FROM (SELECT rowid FROM ${name} WHERE ${name} MATCH ? LIMIT ?)`,
  ).pluck();
  const rows = count.get(matchWord(word, columnsOf(table)), mostRanked + 1) ?? 0;
  if (rows >= COUNT_KEPT_FROM) counts.set(key, rows);
  return rows;
}
