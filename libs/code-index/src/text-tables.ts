import type { IndexText } from '@memlane/code-intel';

/** An FTS5 table of the words of chunks, by the chunk's key. */
export interface TextTable {
  readonly name: 'chunk_text' | 'chunk_names';
  /** Columns, and what a word in each weighs in `bm25()`. */
  readonly weights: Readonly<Partial<Record<keyof IndexText, number>>>;
  /** Rows of all owners that a search ranks before it is content with those that have the rarer words. */
  readonly mostRanked: number;
}

/** All words of a chunk: of its path, its names and its text. */
export const textTable: TextTable = {
  name: 'chunk_text',
  weights: { path: 2, names: 3, body: 1 },
  mostRanked: 6_000,
};

/**
 * The words of paths and names alone. In a table of their own, since a search of some columns of the other one walks the
 * rows of all.
 */
export const namesTable: TextTable = { name: 'chunk_names', weights: { path: 1, names: 3 }, mostRanked: 4_000 };

export const textTables: readonly TextTable[] = [textTable, namesTable];

export function columnsOf({ weights }: TextTable): (keyof IndexText)[] {
  return Object.keys(weights) as (keyof IndexText)[];
}
