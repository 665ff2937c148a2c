import { rankFiles } from './rank-files.js';
import { openResolver } from './resolve-references.js';
import type { FileFacts } from './types.js';

/** A file in the graph of its repository. What it has depends on what the files say, not on how they rank. */
export interface GraphFile {
  readonly path: string;
  /** The files that each module means which it imports; without those of other repositories. */
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
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const resolve = openResolver(sorted);
  const uses = new Map<string, Map<number, number>>();
  const outlines = sorted.map((file) => {
    const { meanings, imports } = resolve(file);
    const links = new Map<string, number>();
    for (const { targets, confidence, mention } of meanings)
      for (const { path, symbol } of targets) {
        if (path === file.path) continue;
        const weight = mention.count * confidence;
        links.set(path, (links.get(path) ?? 0) + weight);
        if (symbol === undefined) continue;
        let used = uses.get(path);
        if (!used) uses.set(path, (used = new Map<number, number>()));
        used.set(symbol, (used.get(symbol) ?? 0) + weight);
      }
    return {
      path: file.path,
      imports: Object.fromEntries([...imports].filter(([, paths]) => paths.length > 0)),
      // No file counts by its length alone.
      links: Object.fromEntries([...links].map(([path, sum]) => [path, rounded(Math.sqrt(sum))])),
    };
  });
  const ranks = rankFiles({
    nodes: outlines.map(({ path }) => path),
    links: outlines.flatMap(({ path: from, links }) =>
      Object.entries(links).map(([to, weight]) => ({ from, to, weight })),
    ),
  });
  return {
    files: outlines.map((outline) => ({
      ...outline,
      uses: Object.fromEntries([...(uses.get(outline.path) ?? [])].map(([symbol, sum]) => [symbol, rounded(sum)])),
    })),
    ranks,
  };
}

function rounded(weight: number): number {
  return Math.round(weight * 1_000) / 1_000;
}
