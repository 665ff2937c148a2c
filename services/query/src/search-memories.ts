import { limit, type LegState, type QueryAnswer, type QueryInput } from '@memlane/contracts';
import { readMemories, searchText, type MemoryFilter } from '@memlane/read-model';
import { fuseRanks, kindOfQuery, legWeights, type FusedHit } from '@memlane/search';
import { intersectRanges, parseTimeRange, type TimeRange } from '@memlane/search/time';
import { decodeCursor, encodeCursor, fingerprintQuery, type CursorOf, type CursorState } from './cursor.js';
import { fitAnswer } from './fit-answer.js';
import { searchLiterally } from './literal-search.js';
import { dbOf } from './open-sources.js';
import { freshnessOf, type Answerer, type QueryContext } from './query-context.js';
import { placeIn, scopeOf, type Source } from './source.js';

type Input = QueryInput<'search-memories'>;
type Answer = QueryAnswer<'search-memories'>;

/** A hit and the place of its source among the sources. */
interface SourcedHit extends FusedHit {
  readonly source: number;
}

interface Found {
  readonly hits: readonly SourcedHit[];
  readonly legs: Answer['legs'];
  /** Where the page after the first so many of the hits begins; `undefined` when there is none. */
  readonly nextAfter: (hits: number) => CursorState | undefined;
}

/**
 * Searches by words and by meaning, or literally. Ranked pages walk the pool of the best hits of both legs, which is
 * found anew for each page; a literal search has no end but the last memory.
 */
export const searchMemories: Answerer<'search-memories'> = async (context, { owner, input, standing, sources }) => {
  const now = context.clock();
  const fingerprint = fingerprintQuery(owner, 'search-memories', input);
  const exact = input.mode === 'exact';
  const cursor = decodeCursor(fingerprint, input.cursor, exact ? 'newest' : 'ranked');
  const range = rangeOf(input, cursor, now);
  const filter = { tags: input.tags, tagsMatch: input.tags_match, type: input.type, ...range };
  const search = { context, owner, input, sources, filter, now, range };

  const found = exact ? await findLiterally(search, cursor) : await findRanked(search, cursor);
  const views = sources.map((source, index) => {
    const ids = found.hits.filter((hit) => hit.source === index).map(({ id }) => id);
    return { source, byId: readMemories(dbOf(context, source), scopeOf(source, filter, now), ids) };
  });
  const shown = found.hits.flatMap((hit, index) => {
    const from = views[hit.source];
    const view = from?.byId.get(hit.id);
    if (!from || !view) return [];
    const placed = placeIn(input, from.source, view);
    return [{ memory: { ...placed, score: hit.score, ...(input.explain && { legs: hit.legs }) }, index }];
  });
  const memories = fitAnswer(shown.map(({ memory }) => memory));
  const next = found.nextAfter(shown[memories.length]?.index ?? found.hits.length);
  return {
    memories,
    legs: found.legs,
    ...freshnessOf(standing, sources),
    ...(next && { next_cursor: encodeCursor(fingerprint, next) }),
  };
};

interface Search {
  readonly context: QueryContext;
  readonly owner: string;
  readonly input: Input;
  readonly sources: readonly Source[];
  readonly filter: MemoryFilter;
  readonly now: Date;
  readonly range: TimeRange;
}

/** "Last hour" means the same on every page: the first page resolves it, the cursor keeps it. */
function rangeOf(input: Input, cursor: CursorOf<'ranked' | 'newest'> | undefined, now: Date): TimeRange {
  const { after, before } = cursor ?? input;
  const given = { ...(after && { after }), ...(before && { before }) };
  return cursor || input.time === undefined ? given : intersectRanges(given, parseTimeRange(input.time, now));
}

async function findRanked(search: Search, cursor: CursorOf<'ranked' | 'newest'> | undefined): Promise<Found> {
  const { context, owner, input, sources, filter, now, range } = search;
  const pool = limit('search_pool');
  const scopes = sources.map((source) => ({ scope: scopeOf(source, filter, now), standing: source.standing }));
  const nearest = context.vectors.search(owner, input.query, scopes, pool);
  const hybrid = input.mode === 'hybrid';
  const text = sources.map((source, index) => {
    const hits = hybrid ? searchText(dbOf(context, source), scopeOf(source, filter, now), input.query, pool) : [];
    return hits.map(({ id }) => ({ id: keyOf(index, id) }));
  });
  const answers = await nearest;
  // Similarities are of one model, so they compare across sources; ranks by words do not, their files differ.
  const vectors = answers
    .flatMap(({ hits }, index) => hits.map((hit) => ({ ...hit, id: keyOf(index, hit.id) })))
    .toSorted((a, b) => b.similarity - a.similarity);
  const fused = fuseRanks(interleave(text), vectors, legWeights[kindOfQuery(input.query)]);
  const offset = cursor?.offset ?? 0;
  return {
    hits: fused.slice(offset, offset + input.limit).map((hit) => ({ ...hit, ...readKey(hit.id) })),
    legs: { text: hybrid ? 'ok' : 'off', vectors: worstOf(answers.map(({ state }) => state)) },
    nextAfter: (shown) =>
      offset + shown < fused.length ? { kind: 'ranked', offset: offset + shown, ...range } : undefined,
  };
}

async function findLiterally(search: Search, cursor: CursorOf<'ranked' | 'newest'> | undefined): Promise<Found> {
  const { context, input, sources, filter, now, range } = search;
  const scopes = sources.map((source) => ({ scope: scopeOf(source, filter, now), db: () => dbOf(context, source) }));
  const after = cursor?.kind === 'newest' ? cursor : undefined;
  const page = await searchLiterally(scopes, { literal: input.query, after, rows: input.limit });
  const offset = cursor?.offset ?? 0;
  const hits = page.hits.map(({ id, place }, index) => {
    const rank = offset + index + 1;
    return { id, source: place.source, score: 1 / rank, legs: { text: { rank } } };
  });
  return {
    hits,
    legs: { text: page.state, vectors: 'off' },
    nextAfter: (shown) => {
      const from = shown < hits.length ? page.hits[shown - 1]?.place : page.next;
      return from && { kind: 'newest', offset: offset + shown, ...from, ...range };
    },
  };
}

/** Ids of different owners may be the same: they could have been imported. */
function keyOf(source: number, id: string): string {
  return `${source}/${id}`;
}

function readKey(key: string): { source: number; id: string } {
  const slash = key.indexOf('/');
  return { source: Number(key.slice(0, slash)), id: key.slice(slash + 1) };
}

/** The best of every list, then the second of every list, and so on. */
function interleave<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, rank) => lists.flatMap((list) => list.slice(rank, rank + 1))).flat();
}

function worstOf(states: readonly LegState[]): LegState {
  return states.find((state) => state !== 'ok') ?? 'ok';
}
