import {
  limit,
  type CodeLocation,
  type CodeMemory,
  type CodeQueryAnswer,
  type LinkState,
  type ToolAnswer,
} from '@memlane/contracts';

type SearchedCode = ToolAnswer<'search_code'>;
type Hit = SearchedCode['hits'][number];

/** A place that a memory names, and where it is now. */
export interface NamedPlace {
  readonly memory: CodeMemory;
  readonly uri: string;
  readonly location: CodeLocation;
  readonly place: CodeQueryAnswer<'locate-links'>['places'][number];
}

/** Hits with the memories that name them, and these memories. */
export interface LinkedHits {
  readonly hits: Hit[];
  readonly memories: CodeMemory[];
  /** Memories that name a hit and are not among them. */
  readonly leftOut: number;
}

const order: readonly LinkState[] = ['current', 'moved', 'stale'];

/** Says at each hit which memories name it, each memory once, what is sure first. @param named newest memory first */
export function linkHits(hits: readonly Hit[], named: readonly NamedPlace[]): LinkedHits {
  const linksOf = hits.map((hit) => {
    const links = order.flatMap((state) =>
      named.filter((one) => stateAt(hit, one) === state).map(({ memory, uri }) => ({ id: memory.id, uri, state })),
    );
    return links.filter(({ id }, i) => links.findIndex((other) => other.id === id) === i);
  });
  const all = new Map(named.map(({ memory }) => [memory.id, memory]));
  const naming = new Set(linksOf.flat().map(({ id }) => id));
  const newest = new Set([...all.keys()].filter((id) => naming.has(id)).slice(0, limit('code_memories')));
  const shownOf = linksOf.map((links) =>
    links.filter(({ id }) => newest.has(id)).slice(0, limit('code_memories_per_hit')),
  );
  const shown = new Set(shownOf.flat().map(({ id }) => id));
  return {
    hits: hits.map((hit, i) => (shownOf[i]?.length ? { ...hit, memories: shownOf[i] } : hit)),
    memories: [...all.values()].filter(({ id }) => shown.has(id)),
    leftOut: naming.size - shown.size,
  };
}

/** How a named place fares at a hit; `undefined` when it is elsewhere. */
function stateAt(hit: Hit, { memory, location, place }: NamedPlace): LinkState | undefined {
  if (!place || hit.repository !== location.repository || hit.path !== place.path) return undefined;
  if (location.symbol !== undefined) {
    if (!place.lines) return 'stale';
    const { start_line: from, end_line: to } = place.lines;
    if (!overlaps(hit, from, to)) return undefined;
    return place.path === location.path ? 'current' : 'moved';
  }
  if (location.startLine === undefined) return 'current';
  // Where the lines of a changed file went is not known.
  if (place.changed_at > memory.updated_at) return 'stale';
  return overlaps(hit, location.startLine, location.endLine ?? location.startLine) ? 'current' : undefined;
}

function overlaps(hit: Hit, from: number, to: number): boolean {
  return hit.start_line <= to && hit.end_line >= from;
}
