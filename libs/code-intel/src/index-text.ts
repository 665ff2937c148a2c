import { splitIdentifiers, splitIdentifierWords } from './split-identifiers.js';
import type { Chunk, CodeSymbol } from './types.js';

/** What is indexed of a chunk for word search, one FTS5 column each. */
export interface IndexText {
  /** Words of the path. */
  readonly path: string;
  /** Names that the chunk defines, and those of the definitions around it. */
  readonly names: string;
  /** The text itself. */
  readonly body: string;
}

/** The text by which word search finds a chunk: identifiers split, with its path and its place in the file. */
export function indexText(chunk: Chunk, path: string, symbols: readonly Pick<CodeSymbol, 'name'>[]): IndexText {
  const defined = chunk.defines.flatMap((index) => symbols[index]?.name ?? []);
  return {
    path: splitIdentifiers(path),
    names: [...new Set([...chunk.breadcrumb.slice(1), ...defined].flatMap(splitIdentifierWords))].join(' '),
    body: splitIdentifiers(chunk.text),
  };
}
