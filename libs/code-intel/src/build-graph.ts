import { moduleKeysOf } from './find-module.js';
import { languageFamily } from './language-family.js';
import { rankFiles } from './rank-files.js';
import { openResolver, type ResolvedFile } from './resolve-references.js';
import type { FileFacts } from './types.js';

/** Who refers to a file's definitions, and where its imports lead. */
export interface GraphFile {
  readonly path: string;
  /** Files of the repository by the module that an import of this file names; none for modules from outside. */
  readonly imports: Readonly<Record<string, readonly string[]>>;
  /** Files that it refers to: the root of the number of references, each weighed by how sure it is. */
  readonly links: Readonly<Record<string, number>>;
  /** By the index of a definition in the file's symbols: references from other files, each weighed by how sure it is. */
  readonly uses: Readonly<Record<string, number>>;
}

/** Who refers to whom in a repository. A function of its files, whatever their order. */
export interface RepositoryGraph {
  /** In the order of their paths. */
  readonly files: readonly GraphFile[];
  /** Importance by path, see `rankFiles`. */
  readonly ranks: ReadonlyMap<string, number>;
}

/**
 * Resolves all references of a repository and adds them up by file.
 *
 * @param files of one repository
 */
export function buildGraph(files: readonly FileFacts[]): RepositoryGraph {
  return openGraphs()(files);
}

/** What is kept of a file whose references are resolved. */
interface Outline extends Pick<GraphFile, 'path' | 'imports' | 'links'> {
  readonly file: FileFacts;
  /** Definitions of other files that it refers to. */
  readonly used: readonly (readonly [path: string, symbol: number, weight: number])[];
  /** Of all names that it was asked what they mean. */
  readonly names: Uint32Array;
  readonly importKeys: ReadonlySet<string>;
}

/**
 * Builds graphs of a repository that changes, each as `buildGraph` does. References of a file are resolved again only
 * where something has changed that may decide what they mean. Facts are taken to be the same as before when they are the
 * same object.
 */
export function openGraphs(): (files: readonly FileFacts[]) => RepositoryGraph {
  let before = new Map<string, Outline>();
  return (files) => {
    const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const mayMeanOther = compare(before, sorted);
    const resolve = openResolver(sorted);
    const outlines = sorted.map((file) => {
      const known = before.get(file.path);
      return known?.file === file && !mayMeanOther(known) ? known : outline(file, resolve(file));
    });
    before = new Map(outlines.map((one) => [one.path, one]));
    return addUp(outlines);
  };
}

function outline(file: FileFacts, { meanings, imports, importKeys }: ResolvedFile): Outline {
  const links = new Map<string, number>();
  const used = new Map<string, Map<number, number>>();
  const names = new Set<number>();
  for (const { targets, confidence, mention } of meanings) {
    names.add(hash(mention.name));
    if (mention.receiver !== undefined) names.add(hash(mention.receiver));
    for (const { path, symbol } of targets) {
      if (path === file.path) continue;
      const weight = mention.count * confidence;
      links.set(path, (links.get(path) ?? 0) + weight);
      if (symbol === undefined) continue;
      let ofPath = used.get(path);
      if (!ofPath) used.set(path, (ofPath = new Map<number, number>()));
      ofPath.set(symbol, (ofPath.get(symbol) ?? 0) + weight);
    }
  }
  return {
    path: file.path,
    file,
    imports: Object.fromEntries([...imports].filter(([, paths]) => paths.length > 0)),
    // No file counts by its length alone.
    links: Object.fromEntries([...links].map(([path, sum]) => [path, rounded(Math.sqrt(sum))])),
    used: [...used].flatMap(([path, symbols]) => [...symbols].map(([symbol, sum]) => [path, symbol, sum] as const)),
    names: Uint32Array.from(names),
    importKeys,
  };
}

function addUp(outlines: readonly Outline[]): RepositoryGraph {
  const uses = new Map<string, Map<number, number>>(outlines.map(({ path }) => [path, new Map<number, number>()]));
  for (const { used } of outlines)
    for (const [path, symbol, weight] of used) {
      const ofPath = uses.get(path);
      ofPath?.set(symbol, (ofPath.get(symbol) ?? 0) + weight);
    }
  const ranks = rankFiles({
    nodes: outlines.map(({ path }) => path),
    links: outlines.flatMap(({ path: from, links }) =>
      Object.entries(links).map(([to, weight]) => ({ from, to, weight })),
    ),
  });
  return {
    files: outlines.map(({ path, imports, links }) => ({
      path,
      imports,
      links,
      uses: Object.fromEntries([...(uses.get(path) ?? [])].map(([symbol, sum]) => [symbol, rounded(sum)])),
    })),
    ranks,
  };
}

/** @returns whether references of a file that is as it was may mean something else than before */
function compare(
  before: ReadonlyMap<string, Outline>,
  sorted: readonly FileFacts[],
): (known: Pick<Outline, 'names' | 'importKeys'>) => boolean {
  const names = new Set<number>();
  const keys = new Set<string>();
  const noteChange = (path: string, was: FileFacts | undefined, is: FileFacts | undefined) => {
    const [old = [], now = []] = [was?.symbols, is?.symbols];
    const isOther =
      was === undefined || is === undefined || languageFamily(was.language) !== languageFamily(is.language);
    for (let n = 0; n < Math.max(old.length, now.length); n += 1) {
      const [a, b] = [old[n], now[n]];
      // A definition is told by its place among those of its file.
      if (!isOther && a?.name === b?.name && a?.kind === b?.kind) continue;
      for (const one of [a, b]) if (one) names.add(hash(one.name));
    }
    // What a file hands on is told by its path.
    keys.add(path);
    if (was === undefined || is === undefined) for (const key of moduleKeysOf(path)) keys.add(key);
  };
  if (before.size > 0) {
    const gone = new Set(before.keys());
    for (const file of sorted) {
      gone.delete(file.path);
      const was = before.get(file.path)?.file;
      if (was !== file) noteChange(file.path, was, file);
    }
    for (const path of gone) noteChange(path, before.get(path)?.file, undefined);
  }
  return (known) => {
    if (names.size === 0 && keys.size === 0) return false;
    return known.names.some((name) => names.has(name)) || [...known.importKeys].some((key) => keys.has(key));
  };
}

/** FNV-1a: two names with the same one cost a file that is resolved again, nothing else. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let n = 0; n < name.length; n += 1) value = Math.imul(value ^ name.charCodeAt(n), 0x01000193);
  return value >>> 0;
}

function rounded(weight: number): number {
  return Math.round(weight * 1_000) / 1_000;
}
