import type { SymbolKind } from './types.js';

/** Definitions up to which walking through them costs less than grouping them. */
const WALKED = 16;

/** A definition in a repository. */
export interface Definition {
  readonly path: string;
  /** Index, in the file's symbols. */
  readonly symbol: number;
  readonly kind: SymbolKind;
}

/** All definitions of one name in a repository. */
export interface Namesakes {
  readonly all: readonly Definition[];
  inFile(path: string): readonly Definition[];
  inFolder(path: string): readonly Definition[];
  /** Those that can take a part. */
  as(part: Part): Namesakes;
}

/**
 * What a name is used as. `called`: functions and the like, else values, which may hold a function. `member`: called
 * through something. `type`: what has members.
 */
export type Part = 'called' | 'member' | 'type';

const kindsOf: Readonly<Record<Part, readonly (readonly SymbolKind[])[]>> = {
  called: [
    ['class', 'constructor', 'function', 'macro', 'method', 'struct'],
    ['constant', 'variable'],
  ],
  member: [['method'], ['class', 'constructor', 'function', 'macro', 'struct']],
  type: [['class', 'enum', 'interface', 'module', 'struct', 'trait', 'type']],
};

export function groupNamesakes(all: readonly Definition[]): Namesakes {
  const byFile = groupBy(all, (path) => path);
  const byFolder = groupBy(all, folderOf);
  const parts = new Map<Part, Namesakes>();
  return {
    all,
    inFile: byFile,
    inFolder: (path) => byFolder(folderOf(path)),
    as(part) {
      let known = parts.get(part);
      if (!known) {
        const some = kindsOf[part].map((kinds) => all.filter(({ kind }) => kinds.includes(kind)));
        parts.set(part, (known = groupNamesakes(some.find(({ length }) => length > 0) ?? [])));
      }
      return known;
    },
  };
}

function groupBy(all: readonly Definition[], keyOf: (path: string) => string): (key: string) => readonly Definition[] {
  if (all.length <= WALKED) return (key) => all.filter(({ path }) => keyOf(path) === key);
  let groups: Map<string, Definition[]> | undefined;
  return (key) => {
    groups ??= group(all, keyOf);
    return groups.get(key) ?? [];
  };
}

function group(all: readonly Definition[], keyOf: (path: string) => string): Map<string, Definition[]> {
  const groups = new Map<string, Definition[]>();
  for (const definition of all) {
    const key = keyOf(definition.path);
    const known = groups.get(key);
    if (known) known.push(definition);
    else groups.set(key, [definition]);
  }
  return groups;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
