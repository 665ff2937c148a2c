import { classifyQuery, namesInQuery, splitIdentifierWords, type CodeQueryKind } from '@memlane/code-intel';
import { codeQueryWords } from './search-text.js';
import type { CodeHit } from './read-hits.js';

/** Damps the lead of the first ranks, as in the fusion of memories. */
const K = 10;

/** How far each leg is trusted, by what the query looks like. */
const legWeights: Readonly<Record<CodeQueryKind, { text: number; symbols: number; vectors: number }>> = {
  symbol: { text: 0.5, symbols: 1, vectors: 0.2 },
  mixed: { text: 1, symbols: 0.6, vectors: 0.5 },
  natural: { text: 1, symbols: 0.3, vectors: 1 },
};

/** Share that is left to each further hit of the same file. */
const SATURATION = 0.5;
const TESTS_SHARE = 0.3;
const DECLARATIONS_SHARE = 0.7;

const TESTS =
  /(?:^|\/)(?:tests?|__tests__|specs?|fixtures?|examples?|vendor|third_party|node_modules)\/|[._-](?:test|spec)\.\w+$/iu;
const DECLARATIONS = /\.d\.[mc]?ts$/u;

/** Keys of chunks, best first. */
export interface Legs {
  readonly text: readonly number[];
  readonly symbols: readonly number[];
  readonly vectors: readonly number[];
}

export interface RankedHit extends CodeHit {
  /** Comparable within one answer only. */
  readonly score: number;
}

/**
 * Ranks the hits of all legs together: weighted reciprocal ranks, more for what defines a name of the query or lies at
 * a path that says its words, less for tests, vendored code and further hits of one file.
 */
export function rankHits(query: string, legs: Legs, hits: readonly CodeHit[]): RankedHit[] {
  const weights = legWeights[classifyQuery(query)];
  const fused = new Map<number, number>();
  for (const leg of ['text', 'symbols', 'vectors'] as const)
    for (const [index, key] of legs[leg].entries())
      fused.set(key, (fused.get(key) ?? 0) + weights[leg] / (K + index + 1));
  const names = new Set(namesInQuery(query).map((name) => name.toLowerCase()));
  const words = new Set(codeQueryWords(query));
  const boosted = hits
    .map((hit) => ({ ...hit, score: (fused.get(hit.key) ?? 0) * boostOf(hit, names, words) }))
    .sort((a, b) => b.score - a.score || a.key - b.key);
  return saturate(boosted);
}

function boostOf(hit: CodeHit, names: ReadonlySet<string>, words: ReadonlySet<string>): number {
  let boost = 1 + Math.min(0.2, hit.rank);
  if (hit.defines.some((name) => names.has(name.toLowerCase()))) boost *= 2;
  const stem = (hit.path.split('/').at(-1) ?? '').replace(/\..*$/u, '');
  const said = splitIdentifierWords(stem).filter((word) => words.has(word)).length;
  if (said > 0) boost *= 1 + 0.15 * Math.min(3, said);
  const wanted = words.has('test') || words.has('tests');
  if (TESTS.test(hit.path) && !wanted) boost *= TESTS_SHARE;
  if (DECLARATIONS.test(hit.path)) boost *= DECLARATIONS_SHARE;
  return boost;
}

function saturate(hits: readonly RankedHit[]): RankedHit[] {
  const seen = new Map<string, number>();
  return hits
    .map((hit) => {
      const file = `${hit.repository} ${hit.path}`;
      const before = seen.get(file) ?? 0;
      seen.set(file, before + 1);
      return { ...hit, score: hit.score * SATURATION ** before };
    })
    .sort((a, b) => b.score - a.score || a.key - b.key);
}
