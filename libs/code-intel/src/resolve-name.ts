import { groupNamesakes, type Definition, type Namesakes } from './namesakes.js';
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
  'unknown-receiver': 0.3,
};

/** A name with more definitions than this tells nothing (`get`, `toString`). */
const MOST_CANDIDATES = 8;

const nobody = groupNamesakes([]);

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
  /** How many definitions it may mean; there are no targets when these are too many to tell. */
  readonly among: number;
}

/** Definitions of a name that the language of a file can mean. */
export type NamesakesOf = (name: string) => Namesakes | undefined;

/** What names an object in its own methods. */
const ITSELF: ReadonlySet<string> = new Set([
  'this',
  '$this',
  'self',
  'Self',
  'cls',
  'super',
  'static',
  'base',
  'parent',
]);

/**
 * What a name means in a file that says it. In this order: what it is imported as, a definition in the same file, in a
 * file that something is imported from, in the same folder, the only one of that name in the repository; else any of the
 * few that there are, of which each is as likely. None when there are too many to tell, or none at all.
 *
 * What is called is something that can be called. Through a name it is a member of what that name means; through
 * anything else it may be of any type, so that it is never sure.
 */
export function resolveName(
  path: string,
  { name, use, receiver }: Pick<Mention, 'name' | 'use' | 'receiver'>,
  imports: FileImports,
  namesakesOf: NamesakesOf,
): Resolution {
  if (use !== 'call') return lookUp(path, name, imports, namesakesOf);
  const called = (one: string) => namesakesOf(one)?.as('called');
  if (receiver === undefined) return lookUp(path, name, imports, called);
  // What is imported by the name is no member.
  if (ITSELF.has(receiver)) return lookUp(path, name, { ...imports, names: new Map() }, called);
  const owner = lookUp(path, receiver, imports, (one) => namesakesOf(one)?.as('type'));
  const isType = owner.targets.length > 0;
  const from = isType ? owner.targets.map((one) => one.path) : (imports.names.get(receiver)?.paths ?? []);
  const known = [...new Set(from)].flatMap((one) => called(name)?.inFile(one) ?? []);
  if (known.length > 0) return resolution(isType ? owner.basis : 'imported', known);
  const members = namesakesOf(name)?.as('member') ?? nobody;
  const near = [path, ...imports.paths].flatMap((one) => members.inFile(one));
  return resolution('unknown-receiver', near.length > 0 ? near : members.all);
}

function lookUp(path: string, name: string, imports: FileImports, namesakesOf: NamesakesOf): Resolution {
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
  namesakesOf: NamesakesOf,
): Resolution<Definition | Pick<Definition, 'path'>> {
  const namesakes = namesakesOf(name) ?? nobody;
  const inside = paths.flatMap((path) => namesakes.inFile(path));
  if (inside.length > 0) return resolution('imported', inside);
  return {
    targets: paths.map((path) => ({ path })),
    basis: 'imported',
    confidence: confidenceOf.imported / Math.max(1, paths.length),
    among: paths.length,
  };
}

function resolution(basis: ResolutionBasis, candidates: readonly Definition[]): Resolution {
  // Of many in one file (overloads, methods of its classes) it is one; of many in a repository it may well be none.
  const isOneOfThem = candidates.length <= MOST_CANDIDATES || basis === 'same-file' || basis === 'imported';
  const targets = isOneOfThem ? candidates.slice(0, MOST_CANDIDATES) : [];
  const among = candidates.length;
  return { targets, basis, confidence: targets.length === 0 ? 0 : confidenceOf[basis] / among, among };
}
