import type { Db } from '@memlane/projection';
import { findSymbol } from './find-symbol.js';
import { locateFile, locateSymbol, type LineRange } from './read-code.js';

/** A place as somebody once named it. */
export interface CodeLinkTarget {
  readonly repository: string;
  readonly path: string;
  readonly symbol?: string | undefined;
}

/** Where that is now. */
export interface LocatedLink {
  /** Another one than was named when the symbol has moved. */
  readonly path: string;
  readonly changedAt: string;
  /** Of the definition of the symbol; `undefined` without a symbol, and when the file defines it no more. */
  readonly lines: LineRange | undefined;
}

/** Definitions of a name that are looked at: more than one file has it is more than one can be followed to. */
const MOST_DEFINITIONS = 20;

/**
 * Finds a place in the code as it is now. A symbol that its file does not define any more is followed to the only other
 * file of the repository that defines one of exactly this name.
 *
 * @returns `undefined` when the file is gone and the symbol cannot be followed
 */
export function locateLink(db: Db, owner: string, link: CodeLinkTarget): LocatedLink | undefined {
  const { repository, path, symbol } = link;
  const named = locateIn(db, { owner, repository, path }, symbol);
  if (symbol === undefined || named?.lines) return named;
  const definitions = findSymbol(
    db,
    { owner, filter: { repositories: [repository] } },
    { name: symbol, relation: 'definition', limit: MOST_DEFINITIONS },
  ).filter(({ reason }) => reason === 'exact-name');
  const [first] = definitions;
  if (!first || definitions.some((other) => other.path !== first.path)) return named;
  return locateIn(db, { owner, repository, path: first.path }, symbol) ?? named;
}

function locateIn(
  db: Db,
  at: { owner: string; repository: string; path: string },
  symbol: string | undefined,
): LocatedLink | undefined {
  const file = locateFile(db, at);
  if (file.is !== 'file') return undefined;
  const lines = symbol === undefined ? undefined : locateSymbol(db, file.blob, symbol);
  return { path: at.path, changedAt: file.changedAt, lines };
}
