import { z } from 'zod';
import * as field from './fields.js';
import { limit } from './limits.js';
import { accesses } from './spaces.js';

/** One memory as every read answers it. */
export const memoryView = z.object({
  id: z.string(),
  content: z.string(),
  type: z.string().nullable(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.unknown()),
  conversation_id: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  expires_at: z.string().nullable(),
  version: z.int(),
});
export type MemoryView = z.infer<typeof memoryView>;

const filters = {
  tags: field.tags.optional(),
  tags_match: z.enum(['any', 'all']).optional().describe('Whether any (default) or all of the tags must be there.'),
  type: field.type.optional(),
  after: field.timestamp.optional().describe('Only memories created at or after this time, ISO 8601.'),
  before: field.timestamp.optional().describe('Only memories created before this time, ISO 8601.'),
};

/** Where a read looks. Not naming any is looking into one's own memories only. */
const spaces = z
  .array(field.readableSpace)
  .min(1)
  .max(limit('spaces_per_read'))
  .optional()
  .describe('Where to look: "own" (default), and what list_shares says you received.');

const searchMemories = z.strictObject({
  query: field.text('query_chars').describe('What to look for, in plain words.'),
  limit: field.pageLimit.default(10),
  mode: z
    .enum(['hybrid', 'semantic', 'exact'])
    .default('hybrid')
    .describe('hybrid: words and meaning; semantic: meaning only; exact: contains the query literally.'),
  ...filters,
  time: field
    .text('time_expression_chars')
    .optional()
    .describe('When it was stored, e.g. "yesterday morning", "last week", "in March 2025", "between 3 and 9 May".'),
  spaces,
  cursor: field.cursor.optional(),
  position: field.position.optional(),
  explain: z.boolean().default(false).describe('Add to each hit how it was ranked.'),
});

const getMemory = z
  .strictObject({
    id: field.memoryId,
    as_of: field.timestamp.optional().describe('The memory as it was at this time, ISO 8601.'),
    history: z.boolean().default(false).describe('Add the earlier versions.'),
    spaces,
    cursor: field.cursor.optional().describe('Of history: next_cursor of the page before.'),
    position: field.position.optional(),
  })
  .refine(({ cursor, history }) => cursor === undefined || history, {
    error: 'is of history only',
    path: ['cursor'],
  });

const listMemories = z.strictObject({
  ...filters,
  limit: field.pageLimit.default(20),
  spaces,
  cursor: field.cursor.optional(),
  position: field.position.optional(),
});

const listShares = z.strictObject({ cursor: field.cursor.optional(), position: field.position.optional() });

/** For the gateway, which asks it what to show beside code. */
const codeMemories = z.strictObject({
  files: z
    .array(z.strictObject({ repository: z.string(), path: z.string(), names: z.array(z.string()) }))
    .max(limit('code_hits')),
  position: field.position.optional(),
});

/** For the gateway, which asks it before it issues a command that goes through a space. */
const spaceAccess = z.strictObject({ spaces: z.array(field.space).length(1) });

const memoryOverview = z.strictObject({ position: field.position.optional() });

/** How a search leg fared: `ok`, or why it did not run. */
export const legState = z.enum(['ok', 'off', 'unavailable', 'behind', 'overloaded']);
export type LegState = z.infer<typeof legState>;

/** Where the answer stands in the log; part of every read's answer. */
export const freshness = {
  position: z.string().describe('Position of the read model that answered.'),
  behind: z.int().describe('Commits of this partition that were not applied yet.'),
};

/** A memory and, when the read named spaces, the one that it was found in. */
const placedMemory = memoryView.extend({
  space: z.string().optional(),
});

const share = z.object({
  space: z.string().describe('For `spaces` of a read.'),
  tag: z.string(),
  access: z.enum(accesses),
  since: z.string(),
});

const hit = placedMemory.extend({
  score: z.number().describe('Comparable within this answer only.'),
  legs: z
    .object({
      text: z.object({ rank: z.int() }).optional(),
      vectors: z.object({ rank: z.int(), similarity: z.number() }).optional(),
    })
    .optional(),
});

/** A memory that names code, as much of it as is shown beside the code. */
export const codeMemory = memoryView.pick({ id: true, content: true, type: true, updated_at: true }).extend({
  cut: z.boolean().describe('Whether content is only its beginning: get_memory has all of it.'),
});
export type CodeMemory = z.infer<typeof codeMemory>;

/** How a place that a memory names fares. */
export const linkState = z
  .enum(['current', 'moved', 'stale'])
  .describe(
    'current: the place is there; moved: its symbol is, in another file; stale: the symbol is gone, or the file was ' +
      'changed after the memory, so that its lines may be others.',
  );
export type LinkState = z.infer<typeof linkState>;

/** Input and answer of every query. The answer's fields are those of the tool of the same name. */
export const queries = {
  'search-memories': {
    input: searchMemories,
    answer: z.object({
      memories: z.array(hit),
      legs: z.object({ text: legState, vectors: legState }),
      ...freshness,
      next_cursor: z.string().optional(),
    }),
  },
  'get-memory': {
    input: getMemory,
    answer: z.object({
      memory: placedMemory,
      history: z.array(memoryView).optional().describe('Earlier versions, newest first.'),
      ...freshness,
      next_cursor: z.string().optional(),
    }),
  },
  'list-memories': {
    input: listMemories,
    answer: z.object({
      memories: z.array(placedMemory).describe('Newest first.'),
      total: z.int(),
      ...freshness,
      next_cursor: z.string().optional(),
    }),
  },
  /** For the gateway, which asks it before it accepts a store. */
  'memory-usage': {
    input: memoryOverview,
    answer: z.object({ stored_bytes: z.int(), ...freshness }),
  },
  /** No tool of its own: `search_code` asks it. */
  'code-memories': {
    input: codeMemories,
    answer: z.object({
      memories: z.array(codeMemory).describe('Newest first.'),
      links: z.array(z.object({ memory: z.string(), uri: z.string() })),
      ...freshness,
    }),
  },
  'memory-overview': {
    input: memoryOverview,
    answer: z.object({
      memories: z.int(),
      expired: z.int().describe('Memories past their expiry: kept, but not found.'),
      types: z.array(z.object({ type: z.string().nullable(), count: z.int() })),
      tags: z.array(z.object({ tag: z.string(), count: z.int() })).describe('The most used tags.'),
      usage: z.object({
        stored_bytes: z.object({ used: z.int() }),
        memories: z.object({ used: z.int() }),
      }),
      health: z.object({
        text_search: legState,
        vector_search: legState,
        vectors_pending: z.int().describe('Memories whose vectors are not computed yet.'),
        model: z.string().nullable(),
      }),
      ...freshness,
    }),
  },
  'space-access': {
    input: spaceAccess,
    answer: z.object({ access: z.enum(accesses), grantee: z.string(), ...freshness }),
  },
  'list-shares': {
    input: listShares,
    answer: z.object({
      you: z.string().describe('Your id: what others share with.'),
      teams: z.array(z.string()).describe('Teams that you are in.'),
      given: z.array(share.extend({ with: z.string() })),
      received: z.array(share.extend({ from: z.string(), with: z.string().describe('You, or one of your teams.') })),
      left_out: z.int().describe('Received shares beyond those that are listed on any page.'),
      ...freshness,
      next_cursor: z.string().optional(),
    }),
  },
} as const;

export type QueryName = keyof typeof queries;
export type QueryInput<N extends QueryName> = z.infer<(typeof queries)[N]['input']>;
export type QueryAnswer<N extends QueryName> = z.infer<(typeof queries)[N]['answer']>;

/** Body of a request to a query service. Input is already validated; `owner` comes from the credential. */
export interface QueryRequest<Input = QueryInput<QueryName>> {
  readonly owner: string;
  readonly input: Input;
}

/** Body of an `embed.<lane>` request. The answer is binary, see the headers `Memlane-Model`, `-Dimensions`, `-Count`. */
export interface EmbedRequest {
  /** Whose work it is: users are served in turn. */
  readonly owner?: string;
  readonly kind: 'query' | 'passage';
  readonly texts: readonly string[];
  /** Cut long texts into overlapping pieces; the answer then has one row per piece, see the header `Memlane-Pieces`. */
  readonly split?: boolean;
}
