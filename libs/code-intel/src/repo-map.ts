import type { CodeSymbol, SymbolKind } from './types.js';

export interface RepoMapInput {
  readonly files: readonly { readonly path: string; readonly symbols: readonly CodeSymbol[] }[];
  /** Importance by path, see `rankFiles`; personalise it to show the map from some files. */
  readonly ranks: ReadonlyMap<string, number>;
  /** Paths, folders or names of definitions that are to be shown before others. */
  readonly focus?: readonly string[];
  readonly maxTokens: number;
}

export interface RepoMap {
  /** Paths, and below each the signatures of its definitions with their lines. */
  readonly text: string;
  /** Files and definitions that are shown. */
  readonly files: number;
  readonly symbols: number;
  /** An estimate of the text's tokens, at most `maxTokens`. */
  readonly tokens: number;
}

/** Characters of code per token, on the low side, so that the estimate is too high rather than too low. */
const CHARS_PER_TOKEN = 3.5;
const SIGNATURE_CHARS = 120;
/** What is in focus comes before everything else. */
const FOCUS = 1_000;

const weightOf: Readonly<Record<SymbolKind, number>> = {
  class: 1,
  interface: 1,
  trait: 1,
  struct: 1,
  module: 0.9,
  function: 0.9,
  type: 0.8,
  enum: 0.8,
  method: 0.6,
  macro: 0.6,
  table: 0.6,
  constructor: 0.4,
  constant: 0.4,
  heading: 0.4,
  variable: 0.3,
  field: 0.1,
};

interface Entry {
  readonly path: string;
  /** Absent for the line of the file itself. */
  readonly symbol?: CodeSymbol;
  readonly weight: number;
}

/**
 * A map of a code base that fits into a budget: files by their importance, each with its telling definitions. The most
 * that fits is found by halving, so a larger budget shows at least what a smaller one does.
 */
export function renderRepoMap({ files, ranks, focus = [], maxTokens }: RepoMapInput): RepoMap {
  const wanted = focus.map((one) => one.toLowerCase());
  const entries = files.flatMap(({ path, symbols }) => entriesOf(path, symbols, ranks.get(path) ?? 0, wanted));
  entries.sort((a, b) => b.weight - a.weight || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  let low = 0;
  let high = Math.min(entries.length, Math.ceil(maxTokens));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (tokensOf(renderEntries(entries.slice(0, middle))) <= maxTokens) low = middle;
    else high = middle - 1;
  }
  const shown = entries.slice(0, low);
  const text = renderEntries(shown);
  return {
    text,
    files: new Set(shown.map(({ path }) => path)).size,
    symbols: shown.filter(({ symbol }) => symbol !== undefined).length,
    tokens: tokensOf(text),
  };
}

function entriesOf(path: string, symbols: readonly CodeSymbol[], rank: number, wanted: readonly string[]): Entry[] {
  const lower = path.toLowerCase();
  const isWanted = wanted.some((one) => lower === one || lower.startsWith(`${one.replace(/\/$/u, '')}/`));
  const entries = symbols.map((symbol, index) => {
    const isNamed = wanted.includes(symbol.name.toLowerCase());
    // Later definitions of one kind weigh a little less, so that a long file does not fill the map alone.
    const own = (weightOf[symbol.kind] * (symbol.exported ? 1 : 0.2)) / (1 + index / 20);
    return { path, symbol, weight: own * rank + (isNamed ? FOCUS : 0) + (isWanted ? own : 0) };
  });
  const best = entries.reduce((most, { weight }) => Math.max(most, weight), rank * 0.01 + (isWanted ? 1 : 0));
  return [{ path, weight: best }, ...entries];
}

function renderEntries(entries: readonly Entry[]): string {
  const byPath = new Map<string, CodeSymbol[]>();
  for (const { path, symbol } of entries) {
    const symbols = byPath.get(path) ?? [];
    if (symbol) symbols.push(symbol);
    byPath.set(path, symbols);
  }
  return [...byPath]
    .map(([path, symbols]) =>
      [path, ...symbols.toSorted((a, b) => a.startLine - b.startLine).map(renderSymbol)].join('\n'),
    )
    .join('\n');
}

function renderSymbol({ startLine, signature, container }: CodeSymbol): string {
  const depth = container === undefined ? 0 : Math.min(4, container.split('.').length);
  return `${startLine}: ${'  '.repeat(depth)}${signature.slice(0, SIGNATURE_CHARS).toWellFormed()}`;
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}
