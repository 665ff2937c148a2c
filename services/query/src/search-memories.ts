import { setImmediate } from 'node:timers/promises';
import { limit, memlaneError, type LegState, type QueryAnswer, type QueryInput } from '@memlane/contracts';
import { readMemories, scanLiteral, searchText, type PageKey, type ReadScope } from '@memlane/read-model';
import {
  fuseRanks,
  intersectRanges,
  kindOfQuery,
  legWeights,
  parseTimeRange,
  type FusedHit,
  type TimeRange,
} from '@memlane/search';
import { decodeCursor, encodeCursor, fingerprintQuery, type CursorState } from './cursor.js';
import { freshnessOf, type Answerer, type QueryContext } from './query-context.js';

type Input = QueryInput<'search-memories'>;
type Answer = QueryAnswer<'search-memories'>;

/** Memories that one slice of a literal search looks at, between two of which other queries have their turn. */
const SLICE = 200;

interface Found {
  readonly hits: readonly FusedHit[];
  readonly legs: Answer['legs'];
  readonly next: CursorState | undefined;
}

/**
 * Searches by words and by meaning, or literally. Ranked pages walk the pool of the best hits of both legs, which is
 * found anew for each page; a literal search has no end but the last memory.
 */
export const searchMemories: Answerer<'search-memories'> = async (context, { owner, input, standing }) => {
  const now = context.clock();
  const fingerprint = fingerprintQuery(owner, 'search-memories', input);
  const cursor = input.cursor === undefined ? undefined : decodeCursor(fingerprint, input.cursor);
  if (cursor && (cursor.kind === 'newest') !== (input.mode === 'exact'))
    throw memlaneError('MEMLANE_ERR_INVALID_CURSOR', undefined, { field: 'cursor' });
  const range = rangeOf(input, cursor, now);
  const filter = { tags: input.tags, tagsMatch: input.tags_match, type: input.type, ...range };
  const scope: ReadScope = { owner, filter, now: now.toISOString() };
  const search = { context, input, scope, standing, range };

  const found =
    input.mode === 'exact'
      ? await searchLiterally(search, cursor?.kind === 'newest' ? cursor : undefined)
      : await searchRanked(search, cursor?.offset ?? 0);
  const views = readMemories(
    context.models.db(standing.partition),
    scope,
    found.hits.map(({ id }) => id),
  );
  return {
    memories: found.hits.flatMap(({ id, score, legs }) => {
      const view = views.get(id);
      return view ? [{ ...view, score, ...(input.explain && { legs }) }] : [];
    }),
    legs: found.legs,
    ...freshnessOf(standing),
    ...(found.next && { next_cursor: encodeCursor(fingerprint, found.next) }),
  };
};

interface Search {
  readonly context: QueryContext;
  readonly input: Input;
  readonly scope: ReadScope;
  readonly standing: Parameters<typeof searchMemories>[1]['standing'];
  readonly range: TimeRange;
}

/** "Last hour" means the same on every page: the first page resolves it, the cursor keeps it. */
function rangeOf(input: Input, cursor: CursorState | undefined, now: Date): TimeRange {
  if (cursor) return intersectRanges(cursor, {});
  const given = { ...(input.after && { after: input.after }), ...(input.before && { before: input.before }) };
  return input.time === undefined ? given : intersectRanges(given, parseTimeRange(input.time, now));
}

async function searchRanked({ context, input, scope, standing, range }: Search, offset: number): Promise<Found> {
  const pool = limit('search_pool');
  const nearest = context.vectors.search(input.query, scope, standing, pool);
  const hybrid = input.mode === 'hybrid';
  const text = hybrid ? searchText(context.models.db(standing.partition), scope, input.query, pool) : [];
  const vectors = await nearest;
  const fused = fuseRanks(text, vectors.hits, legWeights[kindOfQuery(input.query)]);
  const end = offset + input.limit;
  return {
    hits: fused.slice(offset, end),
    legs: { text: hybrid ? 'ok' : 'off', vectors: vectors.state },
    next: end < fused.length ? { kind: 'ranked', offset: end, ...range } : undefined,
  };
}

async function searchLiterally(
  { context, input, scope, standing, range }: Search,
  after: (PageKey & { offset: number }) | undefined,
): Promise<Found> {
  const deadline = performance.now() + limit('literal_search_ms');
  const found: { id: string; key: PageKey }[] = [];
  let from: PageKey | undefined = after;
  let state: LegState = 'ok';
  for (;;) {
    const db = context.models.db(standing.partition);
    const slice = scanLiteral(db, scope, { literal: input.query, from, rows: SLICE });
    found.push(...slice.hits);
    from = slice.next;
    if (!from || found.length > input.limit) break;
    if (performance.now() > deadline) {
      state = 'overloaded';
      break;
    }
    await setImmediate();
  }
  const offset = after?.offset ?? 0;
  const page = found.slice(0, input.limit);
  const hits = page.map(({ id }, index) => {
    const rank = offset + index + 1;
    return { id, score: 1 / rank, legs: { text: { rank } } };
  });
  // A scan that ran out of time goes on from where it was.
  const lastHit = found.length > input.limit ? page.at(-1)?.key : undefined;
  const key = lastHit ?? (state === 'overloaded' ? from : undefined);
  return {
    hits,
    legs: { text: state, vectors: 'off' },
    next: key && { kind: 'newest', offset: offset + page.length, createdAt: key.createdAt, ord: key.ord, ...range },
  };
}
