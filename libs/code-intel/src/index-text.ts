import { splitIdentifiers, splitIdentifierWords } from './split-identifiers.js';
import type { Chunk, CodeSymbol } from './types.js';

/** What is indexed of a chunk for word search, one FTS5 column each, in the order of `textColumns`. */
export interface IndexText {
  /** Words of the path. */
  readonly path: string;
  /** Names that the chunk defines, and those of the definitions around it. */
  readonly names: string;
  /** The text itself. */
  readonly body: string;
}

/**
 * Columns of the text index and what a word in each weighs in `bm25()`: for the leg `text`, and for the leg `names`,
 * which matches in the columns that weigh something in it only.
 */
export const textColumns = [
  { name: 'path', weight: 2, namesWeight: 1 },
  { name: 'names', weight: 3, namesWeight: 3 },
  { name: 'body', weight: 1, namesWeight: 0 },
] as const satisfies readonly {
  readonly name: keyof IndexText;
  readonly weight: number;
  readonly namesWeight: number;
}[];

/** The text by which word search finds a chunk: identifiers split, with its path and its place in the file. */
export function indexText(chunk: Chunk, path: string, symbols: readonly Pick<CodeSymbol, 'name'>[]): IndexText {
  const defined = chunk.defines.flatMap((index) => symbols[index]?.name ?? []);
  return {
    path: splitIdentifiers(path),
    names: [...new Set([...chunk.breadcrumb.slice(1), ...defined].flatMap(splitIdentifierWords))].join(' '),
    body: splitIdentifiers(chunk.text),
  };
}
