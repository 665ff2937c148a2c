import { pathKind, type PathKind } from './path-kind.js';
import { identifierParts, splitIdentifierWords } from './split-identifiers.js';
import type { CodeSymbol, SymbolKind } from './types.js';

/** A definition as a map shows it. */
export interface MapSymbol extends Pick<
  CodeSymbol,
  'name' | 'kind' | 'signature' | 'startLine' | 'container' | 'exported'
> {
  /** References to it from other files, each weighed by how sure it is. */
  readonly used: number;
}

export interface RepoMapInput {
  readonly files: readonly { readonly path: string; readonly symbols: readonly MapSymbol[] }[];
  /** Importance by path, see `rankFiles`; personalise it to show the map from some files. */
  readonly ranks: ReadonlyMap<string, number>;
  /** Paths, folders, names of definitions, or words of these, that are to be shown before others. */
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
const CHARS_PER_TOKEN = 3;
/** Other scripts take about a token a character. */
const BEYOND_ASCII = /[^\u0000-\u007f]/gu;
const SIGNATURE_CHARS = 120;
/** What is left to a definition that no other file uses, beside the one of its file that is used most. */
const UNUSED = 0.2;
/** What is not written to be read first comes later. */
const shareOf: Readonly<Record<PathKind, number>> = {
  source: 1,
  barrel: 0.5,
  declaration: 0.5,
  document: 0.3,
  example: 0.2,
  test: 0.1,
  generated: 0.1,
  vendored: 0.1,
};
/** What is in focus comes before everything else. */
const FOCUS = 1_000;
/** What shares a word with the focus counts this much more. */
const WORD_IN_FOCUS = 5;

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
  readonly symbol?: MapSymbol;
  readonly weight: number;
}

/**
 * A map of a code base that fits into a budget: files by their importance, each with its telling definitions. The most
 * that fits is found by halving, so a larger budget shows at least what a smaller one does.
 */
export function renderRepoMap({ files, ranks, focus = [], maxTokens }: RepoMapInput): RepoMap {
  const wanted = readFocus(focus);
  const entries = files.flatMap(({ path, symbols }) => entriesOf(path, symbols, ranks.get(path) ?? 0, wanted));
  entries.sort((a, b) => b.weight - a.weight || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  let low = 0;
  let high = Math.min(entries.length, Math.ceil(maxTokens));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (estimateTokens(renderEntries(entries.slice(0, middle))) <= maxTokens) low = middle;
    else high = middle - 1;
  }
  const shown = entries.slice(0, low);
  const text = renderEntries(shown);
  return {
    text,
    files: new Set(shown.map(({ path }) => path)).size,
    symbols: shown.filter(({ symbol }) => symbol !== undefined).length,
    tokens: estimateTokens(text),
  };
}

interface Focus {
  readonly whole: ReadonlySet<string>;
  readonly folders: readonly string[];
  readonly words: ReadonlySet<string>;
}

function readFocus(focus: readonly string[]): Focus {
  const whole = focus.map((one) => one.toLowerCase());
  return {
    whole: new Set(whole),
    folders: whole.map((one) => `${one.replace(/\/$/u, '')}/`),
    words: new Set(focus.flatMap(splitIdentifierWords)),
  };
}

function entriesOf(path: string, symbols: readonly MapSymbol[], fileRank: number, wanted: Focus): Entry[] {
  const lower = path.toLowerCase();
  const isWanted = wanted.whole.has(lower) || wanted.folders.some((folder) => lower.startsWith(folder));
  const rank = fileRank * (isWanted ? 1 : shareOf[pathKind(path)]);
  const mostUsed = symbols.reduce((most, { used }) => Math.max(most, used), 0);
  const entries = symbols.map((symbol, index) => {
    const qualified = symbol.container === undefined ? symbol.name : `${symbol.container}.${symbol.name}`;
    const isNamed = wanted.whole.has(symbol.name.toLowerCase()) || wanted.whole.has(qualified.toLowerCase());
    const sharesWord = wanted.words.size > 0 && identifierParts(symbol.name).some((part) => wanted.words.has(part));
    const use = mostUsed === 0 ? UNUSED : UNUSED + ((1 - UNUSED) * symbol.used) / mostUsed;
    // Later definitions weigh a little less, so that a long file does not fill the map alone.
    const own =
      (weightOf[symbol.kind] * (symbol.exported ? 1 : 0.2) * use * (sharesWord ? WORD_IN_FOCUS : 1)) / (1 + index / 20);
    return { path, symbol, weight: own * rank + (isNamed ? FOCUS : 0) + (isWanted ? own : 0) };
  });
  const best = entries.reduce((most, { weight }) => Math.max(most, weight), rank * 0.01 + (isWanted ? 1 : 0));
  return [{ path, weight: best }, ...entries];
}

function renderEntries(entries: readonly Entry[]): string {
  const byPath = new Map<string, MapSymbol[]>();
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

function renderSymbol({ startLine, signature, container }: MapSymbol): string {
  const depth = container === undefined ? 0 : Math.min(4, container.split('.').length);
  return `${startLine}: ${'  '.repeat(depth)}${signature.slice(0, SIGNATURE_CHARS).toWellFormed()}`;
}

/** About as many tokens as a model takes for a text, rather more. */
export function estimateTokens(text: string): number {
  const beyond = text.match(BEYOND_ASCII)?.length ?? 0;
  return Math.ceil((text.length - beyond) / CHARS_PER_TOKEN) + beyond;
}
