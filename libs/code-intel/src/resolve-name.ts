import type { Mention, ResolutionBasis } from './types.js';

/**
 * How likely a reference means the definition that it resolves to, by why it does. Of several candidates each has its
 * part.
 */
const confidenceOf: Readonly<Record<ResolutionBasis, number>> = {
  'same-file': 0.95,
  imported: 0.9,
  'same-folder': 0.8,
  'unique-name': 0.7,
  ambiguous: 0.4,
};

/** A name with more definitions than this tells nothing (`get`, `toString`). */
const MOST_CANDIDATES = 8;

/** Definitions up to which walking through them costs less than grouping them. */
const WALKED = 16;

/** A definition in a repository. */
export interface Definition {
  readonly path: string;
  /** Index, in the file's symbols. */
  readonly symbol: number;
}

/** All definitions of one name in a repository. */
export interface Namesakes {
  readonly all: readonly Definition[];
  inFile(path: string): readonly Definition[];
  inFolder(path: string): readonly Definition[];
}

export function groupNamesakes(all: readonly Definition[]): Namesakes {
  const byFile = groupBy(all, (path) => path);
  const byFolder = groupBy(all, folderOf);
  return { all, inFile: byFile, inFolder: (path) => byFolder(folderOf(path)) };
}

const nobody = groupNamesakes([]);

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

/** What a file imports from others of its repository. */
export interface FileImports {
  /**
   * By the name that the file uses: what it is called where it is defined, and the files that may define it; none when
   * it comes from outside of the repository, as far as one can tell.
   */
  readonly names: ReadonlyMap<string, { readonly meant: string; readonly paths: readonly string[] }>;
  /** All files that it imports anything from. */
  readonly paths: ReadonlySet<string>;
}

/**
 * @param mentions of a file; only those that import something count
 * @param targetsOf files that a module means
 */
export function collectImports(
  mentions: readonly Pick<Mention, 'name' | 'module' | 'alias'>[],
  targetsOf: (module: string) => readonly string[],
): FileImports {
  const names = new Map<string, { meant: string; paths: readonly string[] }>();
  const paths = new Set<string>();
  for (const { name, module, alias } of mentions) {
    if (module === undefined) continue;
    const targets = targetsOf(module);
    for (const path of targets) paths.add(path);
    names.set(alias ?? name, { meant: name, paths: targets });
  }
  return { names, paths };
}

/** What a reference means, and why. */
export interface Resolution<Target = Definition> {
  readonly targets: readonly Target[];
  readonly basis: ResolutionBasis;
  /** Of each target. */
  readonly confidence: number;
}

/**
 * What a name means in a file. In this order: what it is imported as, a definition in the same file, in a file that
 * something is imported from, in the same folder, the only one of that name in the repository; else any of the few that
 * there are, of which each is as likely. None when there are too many to tell, or none at all.
 *
 * @param namesakesOf definitions of a name that the file's language can mean
 */
export function resolveName(
  path: string,
  name: string,
  imports: FileImports,
  namesakesOf: (name: string) => Namesakes | undefined,
): Resolution {
  const imported = imports.names.get(name);
  const namesakes = namesakesOf(imported?.meant ?? name) ?? nobody;
  const { all } = namesakes;
  const named = (imported?.paths ?? []).flatMap((target) => namesakes.inFile(target));
  if (named.length > 0) return resolution('imported', named);
  const here = namesakes.inFile(path);
  if (here.length > 0) return resolution('same-file', here);
  if (imported?.paths.length === 0) return resolution('ambiguous', all);
  const fromImported = all.length === 0 ? [] : [...imports.paths].flatMap((target) => namesakes.inFile(target));
  if (fromImported.length > 0) return resolution('imported', fromImported);
  const beside = namesakes.inFolder(path);
  if (beside.length > 0) return resolution('same-folder', beside);
  return resolution(all.length === 1 ? 'unique-name' : 'ambiguous', all);
}

/** What an import of a name means: its definition in one of the files that are imported, else one of these files. */
export function resolveImport(
  name: string,
  paths: readonly string[],
  namesakesOf: (name: string) => Namesakes | undefined,
): Resolution<Definition | Pick<Definition, 'path'>> {
  const namesakes = namesakesOf(name) ?? nobody;
  const inside = paths.flatMap((path) => namesakes.inFile(path));
  if (inside.length > 0) return resolution('imported', inside);
  return {
    targets: paths.map((path) => ({ path })),
    basis: 'imported',
    confidence: confidenceOf.imported / Math.max(1, paths.length),
  };
}

function resolution(basis: ResolutionBasis, candidates: readonly Definition[]): Resolution {
  // Of many in one file (overloads, methods of its classes) it is one; of many in a repository it may well be none.
  const isOneOfThem = candidates.length <= MOST_CANDIDATES || basis === 'same-file' || basis === 'imported';
  const targets = isOneOfThem ? candidates.slice(0, MOST_CANDIDATES) : [];
  return { targets, basis, confidence: targets.length === 0 ? 0 : confidenceOf[basis] / candidates.length };
}
