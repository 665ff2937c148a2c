import { queryWords } from '@memlane/search';
import { classifyQuery, namesInQuery, type CodeQueryKind } from './classify-query.js';
import { pathKind, type PathKind } from './path-kind.js';
import { identifierParts } from './split-identifiers.js';
import { findSuperseded } from './superseded.js';

/**
 * Legs of code search. `text`: BM25 over all columns of the index text; `names`: BM25 over the words of paths and names
 * only; `symbols`: definitions whose name the query mentions; `vectors`: nearest by meaning.
 */
export type CodeLeg = 'names' | 'symbols' | 'text' | 'vectors';

/** How far each leg is trusted. */
export type CodeLegWeights = Readonly<Record<CodeLeg, number>>;

/** What ranking needs to know of a chunk that a leg has found. */
export interface CodeCandidate<Key> {
  readonly key: Key;
  /** Tells files apart, also those of several repositories. */
  readonly repository?: string;
  readonly path: string;
  /** Names of the definitions that begin in it. */
  readonly defines: readonly string[];
  /** Importance of its file, see `rankFiles`; 0 when it is not known. */
  readonly rank?: number;
}

export interface CodeFusion<Key, Candidate extends CodeCandidate<Key>> {
  readonly query: string;
  /** Keys that each leg found, best first. A leg that did not run may be left out. */
  readonly legs: Readonly<Partial<Record<CodeLeg, readonly Key[]>>>;
  /** What the keys stand for; a key without a candidate is left out. */
  readonly candidates: readonly Candidate[];
}

/** Damps the lead of the first ranks. */
const K = 10;

/** What a query asks by, and whether for code of any kind instead of a place in a repository. */
type Asking = CodeQueryKind | 'any-code';

/** How a query of one kind is ranked, see docs/reference/code-ranking.md. Boosts are shares of the best fused score. */
interface Ranking {
  readonly weights: CodeLegWeights;
  /** Added to a chunk that defines a name of the query. */
  readonly definition: number;
  /** Added to the best chunk of the file whose chunks have the most score together, to those of others by their share. */
  readonly coherence: number;
  /** Added to what is in the most important file, to others by their rank. */
  readonly importance: number;
}

/**
 * A question for code of any kind ("python check if a string is a number") is answered best by meaning: its words are those
 * of a person, not those of the code, and no file is more likely than another.
 */
const rankings: Readonly<Record<Asking, Ranking>> = {
  symbol: {
    weights: { text: 0.7, vectors: 0.2, symbols: 1, names: 0.2 },
    ...{ definition: 3, coherence: 1, importance: 0.2 },
  },
  mixed: {
    weights: { text: 0.6, vectors: 0.4, symbols: 0.4, names: 0.3 },
    ...{ definition: 0.6, coherence: 1, importance: 0.2 },
  },
  natural: {
    weights: { text: 0.45, vectors: 0.55, symbols: 0, names: 0.3 },
    ...{ definition: 0, coherence: 1, importance: 0.2 },
  },
  'any-code': {
    weights: { text: 0.15, vectors: 0.85, symbols: 0, names: 0 },
    ...{ definition: 0, coherence: 0, importance: 0 },
  },
};

/** Who asks inside a repository does not name its language, who asks for any code does. */
const ANY_CODE =
  /^(?:how (?:to|do i|can i)\b)|\b(?:python|java|javascript|typescript|golang|rust|ruby|php|kotlin|swift|perl|matlab|c\+\+|c#)(?:\s|$)/iu;

function askingOf(query: string): Asking {
  const kind = classifyQuery(query);
  return kind === 'natural' && ANY_CODE.test(query) ? 'any-code' : kind;
}

/** How far each leg is trusted for a query. */
export function legWeights(query: string): CodeLegWeights {
  return rankings[askingOf(query)].weights;
}

/** Times the boost of a definition, when the file is named like what it defines. */
const NAMESAKE = 1.5;
/** Added when the path has all words of the query, in shares of the best fused score. */
const PATH_BOOST = 0.85;
/** Added when the query has all words of the path. */
const COVER_BOOST = 0.4;
/** Left to each further chunk of the same file. */
const SATURATION = 0.3;
/** Left to what another version has superseded. */
const SUPERSEDED = 0.4;

const shareOf: Readonly<Record<PathKind, number>> = {
  source: 1,
  test: 0.3,
  example: 0.3,
  vendored: 0.3,
  generated: 0.5,
  declaration: 0.7,
  barrel: 0.85,
  document: 0.7,
};
/** Words by which a query asks for what is otherwise put behind. */
const askedBy: Readonly<Partial<Record<PathKind, RegExp>>> = {
  test: /\b(?:tests?|specs?|testing|fixtures?|mocks?|bench(?:mark)?s?)\b/iu,
  example: /\b(?:examples?|demos?|samples?|legacy|compat)\b/iu,
  declaration: /\b(?:types?|declarations?)\b/iu,
  document: /\b(?:docs?|documentation|readme|guide|changelog)\b/iu,
};

/**
 * Ranks what the legs found: weighted reciprocal rank fusion, then more for a chunk that defines what the query names,
 * for a path that has its words, for the best chunk of a file that is found often and for files that much depends on; less
 * for tests, copies of others' code, superseded versions and the like, and for further chunks of the same file.
 *
 * @returns all candidates, best first, with a score that is comparable within one answer only
 */
export function fuseCode<Key, Candidate extends CodeCandidate<Key>>({
  query,
  legs,
  candidates,
}: CodeFusion<Key, Candidate>): (Candidate & { readonly score: number })[] {
  const asking = askingOf(query);
  const { weights, definition, ...ofFiles } = rankings[asking];
  // What no word leads to has only its meaning: among the nearest of all chunks a large file comes up often for nothing.
  const hasWords = (legs.text?.length ?? 0) > 0;
  const { coherence, importance } = hasWords ? ofFiles : { coherence: 0, importance: 0 };
  const fused = fuseLegs(legs, weights);
  const best = Math.max(0, ...fused.values());
  const coherent = coherenceOf(candidates, fused);
  const highest = Math.max(Number.MIN_VALUE, ...candidates.map(({ rank = 0 }) => rank));
  const names = new Set(namesInQuery(query).map((name) => name.toLowerCase()));
  const words = asking === 'symbol' ? [] : queryWords(query);
  const repositories = new Set(candidates.map(({ repository }) => repository));
  const wordsIn = new Map([...repositories].map((repository) => [repository, withoutName(words, repository)]));
  const isSuperseded = findSuperseded(candidates, query);
  const scored = candidates.map((candidate) => {
    const boost =
      coherence * (coherent.get(candidate.key) ?? 0) +
      definition * definitionMatch(candidate, names) +
      importance * ((candidate.rank ?? 0) / highest) +
      pathBoost(candidate.path, wordsIn.get(candidate.repository) ?? words);
    const share = shareOfPath(candidate.path, query) * (isSuperseded(candidate) ? SUPERSEDED : 1);
    return { ...candidate, score: ((fused.get(candidate.key) ?? 0) + boost * best) * share };
  });
  return saturate(scored.sort((a, b) => b.score - a.score));
}

function fuseLegs<Key>(legs: CodeFusion<Key, CodeCandidate<Key>>['legs'], weights: CodeLegWeights): Map<Key, number> {
  const fused = new Map<Key, number>();
  for (const leg of ['text', 'vectors', 'symbols', 'names'] as const)
    for (const [index, key] of (legs[leg] ?? []).entries())
      fused.set(key, (fused.get(key) ?? 0) + weights[leg] / (K + index + 1));
  return fused;
}

/** Of the best chunk of each file: the score of all its chunks, as a share of the file that has most. */
function coherenceOf<Key>(
  candidates: readonly CodeCandidate<Key>[],
  fused: ReadonlyMap<Key, number>,
): Map<Key, number> {
  const files = new Map<string, { sum: number; best: number; key: Key }>();
  for (const candidate of candidates) {
    const score = fused.get(candidate.key) ?? 0;
    const file = files.get(fileOf(candidate));
    if (!file) files.set(fileOf(candidate), { sum: score, best: score, key: candidate.key });
    else {
      file.sum += score;
      if (score > file.best) [file.best, file.key] = [score, candidate.key];
    }
  }
  const most = Math.max(Number.MIN_VALUE, ...[...files.values()].map(({ sum }) => sum));
  return new Map([...files.values()].map(({ key, sum }) => [key, sum / most]));
}

function definitionMatch({ defines, path }: CodeCandidate<unknown>, names: ReadonlySet<string>): number {
  const defined = defines.find((name) => names.has(name.toLowerCase()));
  if (defined === undefined) return 0;
  return bare(stemOf(path)) === bare(defined) ? NAMESAKE : 1;
}

/** By the words that the query and the file's name and folder share; a word may go on (`depend`, `dependencies`). */
function pathBoost(path: string, words: readonly string[]): number {
  if (words.length === 0) return 0;
  const folder = path.split('/').at(-2) ?? '';
  const parts = [...new Set([...identifierParts(stemOf(path)), ...identifierParts(folder)])];
  const said = words.filter((word) => parts.some((part) => areAlike(word, part))).length;
  const covered = parts.filter((part) => words.some((word) => areAlike(word, part))).length;
  return (PATH_BOOST * said) / words.length + (COVER_BOOST * covered) / Math.max(1, parts.length);
}

/** The name of a repository says nothing about where in it something is. All words, when there are no others. */
function withoutName(words: readonly string[], repository = ''): readonly string[] {
  const name = new Set([repository.toLowerCase(), ...identifierParts(repository)]);
  const others = words.filter((word) => !name.has(word));
  return others.length > 0 ? others : words;
}

function areAlike(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short === long || (short.length >= 3 && long.startsWith(short));
}

function shareOfPath(path: string, query: string): number {
  const kind = pathKind(path);
  return askedBy[kind]?.test(query) === true ? 1 : shareOf[kind];
}

function saturate<Candidate extends CodeCandidate<unknown> & { readonly score: number }>(
  ranked: readonly Candidate[],
): Candidate[] {
  const seen = new Map<string, number>();
  return ranked
    .map((candidate) => {
      const before = seen.get(fileOf(candidate)) ?? 0;
      seen.set(fileOf(candidate), before + 1);
      return { ...candidate, score: candidate.score * SATURATION ** before };
    })
    .sort((a, b) => b.score - a.score);
}

function fileOf({ repository, path }: CodeCandidate<unknown>): string {
  return repository === undefined ? path : `${repository} ${path}`;
}

function stemOf(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.[a-z.]+$/iu, '');
}

function bare(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}
