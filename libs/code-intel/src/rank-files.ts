/** A graph between files: who refers to whom, and how much. */
export interface FileGraph {
  readonly nodes: readonly string[];
  readonly links: readonly { readonly from: string; readonly to: string; readonly weight: number }[];
}

export interface RankOptions {
  /** Files that the ranks are to be seen from, with their share; all alike when absent or empty. */
  readonly personalisation?: ReadonlyMap<string, number>;
}

/** Share of a rank that follows the links; the rest starts anew (Page and Brin 1998). */
const DAMPING = 0.85;
const MOST_ROUNDS = 50;
const CLOSE_ENOUGH = 1e-6;

/**
 * PageRank of files by what refers to them.
 *
 * @returns a rank for every node; they add up to 1
 */
export function rankFiles(graph: FileGraph, { personalisation }: RankOptions = {}): Map<string, number> {
  const { nodes } = graph;
  const indexOf = new Map(nodes.map((node, index) => [node, index]));
  const links = graph.links.flatMap(({ from, to, weight }) => {
    const [source, target] = [indexOf.get(from), indexOf.get(to)];
    return source === undefined || target === undefined || source === target || weight <= 0
      ? []
      : [{ source, target, weight }];
  });
  const given = new Float64Array(nodes.length);
  for (const { source, weight } of links) given[source] = (given[source] ?? 0) + weight;
  const start = startingShares(nodes, personalisation);
  let ranks = start.slice();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    let dangling = 0;
    for (const [index, rank] of ranks.entries()) if (given[index] === 0) dangling += rank;
    const next = start.map((share) => share * (1 - DAMPING + DAMPING * dangling));
    for (const { source, target, weight } of links)
      next[target] = (next[target] ?? 0) + DAMPING * (ranks[source] ?? 0) * (weight / (given[source] ?? 1));
    const moved = next.reduce((sum, rank, index) => sum + Math.abs(rank - (ranks[index] ?? 0)), 0);
    ranks = next;
    if (moved < CLOSE_ENOUGH) break;
  }
  return new Map(nodes.map((node, index) => [node, ranks[index] ?? 0]));
}

function startingShares(nodes: readonly string[], personalisation: RankOptions['personalisation']): Float64Array {
  const wanted = nodes.map((node) => Math.max(0, personalisation?.get(node) ?? 0));
  const total = wanted.reduce((sum, share) => sum + share, 0);
  return Float64Array.from(wanted, (share) => (total > 0 ? share / total : 1 / nodes.length));
}
