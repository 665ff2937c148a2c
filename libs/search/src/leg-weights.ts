/** What a query looks like decides how far each leg is trusted. */
export type QueryKind = 'words' | 'identifier' | 'quoted';

export interface LegWeights {
  readonly text: number;
  readonly vectors: number;
}

/**
 * Weights of the two legs by kind of query. `words` is measured (LoCoMo, all-MiniLM-L6-v2; turn R@10, text alone 72.6):
 * 1:1 gives 73.8, 1:0.5 to 1:0.7 give 75.2 to 75.5, 1:0.25 gives 73.9. Names and quotations mean their letters, so vectors only fill up behind.
 */
export const legWeights: Readonly<Record<QueryKind, LegWeights>> = {
  words: { text: 1, vectors: 0.6 },
  identifier: { text: 1, vectors: 0.1 },
  quoted: { text: 1, vectors: 0.1 },
};

const QUOTED = /^\s*(["“'`]).+(["”'`])\s*$/su;
/** `snake_case`, `camelCase`, `a.b()`, `PATH/like`, `ERR-42`: one token with an inner joint. */
const IDENTIFIER = /^\S*(?:[\p{L}\p{N}][_./:#\\-][\p{L}\p{N}]|\p{Ll}\p{Lu}|\(\)|\p{L}\p{N}|\p{N}\p{L})\S*$/u;

/** Tells what kind a query is. */
export function kindOfQuery(query: string): QueryKind {
  if (QUOTED.test(query)) return 'quoted';
  return IDENTIFIER.test(query.trim()) ? 'identifier' : 'words';
}
