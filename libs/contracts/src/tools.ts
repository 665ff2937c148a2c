import { z } from 'zod';
import { codeHit, codeQueries } from './code-queries.js';
import { commandPayloads, newMemory, notAppliedFields } from './commands.js';
import * as field from './fields.js';
import { errors, type ErrorCode } from './errors.js';
import { jobsInput, jobView, syncInput } from './jobs.js';
import { limit } from './limits.js';
import { codeMemory, legState, linkState, queries } from './queries.js';
import { repositoryName } from './repo-fields.js';
import type { Scope } from './scopes.js';
import { sharingCommandPayloads } from './sharing-commands.js';
import { accesses } from './spaces.js';

interface Tool {
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodType;
  /** The input as it is listed, where the call checks a part of it piece by piece. */
  readonly listed?: z.ZodType;
  readonly output: z.ZodType;
  readonly scope: Scope;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: false;
  };
}

const reads = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const;
const adds = { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const;
const changes = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false } as const;

const position = z.string().describe('Give it to a read to see this write.');
const withKey = { idempotency_key: field.idempotencyKey.optional() };
const inSpace = {
  space: field.readableSpace
    .optional()
    .describe('Where: "own" (default), or what list_shares says you received with access "write".'),
  ...withKey,
};

/** The error object of a single item or of a whole call. */
export const errorView = z.object({
  code: z.enum(Object.keys(errors) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  retryable: z.boolean(),
  field: z.string().optional(),
  limit: z.number().optional(),
  retry_after_seconds: z.number().optional(),
  details: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});

const storeMemories = z.strictObject({
  memories: z.array(newMemory).min(1).max(limit('memories_per_call')),
  ...inSpace,
});

const not_applied = z
  .array(z.enum(notAppliedFields))
  .optional()
  .describe('Not created: what was given and is otherwise in the memory that is there; update_memory changes it.');

const rateUsage = z.object({
  used: z.number(),
  limit: z.int(),
  reset_seconds: z.int(),
});

const { legs: codeLegs } = codeQueries['search-code'].answer.shape;

/** What the code query service found, and which of the caller's memories name it. */
const searchedCode = codeQueries['search-code'].answer.extend({
  hits: z.array(
    codeHit.omit({ names: true }).extend({
      memories: z
        .array(z.object({ id: z.string(), uri: z.string().describe('As the memory has it.'), state: linkState }))
        .optional()
        .describe('Which memories name this code.'),
    }),
  ),
  memories: z.array(codeMemory).optional().describe('Those that hits name, newest first.'),
  legs: codeLegs.extend({ memories: legState.optional() }),
});

const table = {
  store_memory: {
    title: 'Store a memory',
    description:
      'Remember one thing for later: a fact, a decision, a preference, a turn of a conversation. ' +
      'Storing the same content again returns the memory that is there already.',
    input: newMemory.extend(inSpace),
    output: z.object({ id: z.string(), created: z.boolean(), version: z.int(), not_applied, position }),
    scope: 'memory:write',
    annotations: adds,
  },
  store_memories: {
    title: 'Store many memories',
    description: `Remember up to ${limit('memories_per_call')} things at once, in order; each has its own outcome.`,
    // Each item is checked by itself, so that one bad item does not lose the others.
    input: storeMemories.extend({
      memories: z.array(z.record(z.string(), z.unknown())).min(1).max(limit('memories_per_call')),
    }),
    listed: storeMemories,
    output: z.object({
      results: z.array(
        z.union([
          z.object({ index: z.int(), id: z.string(), created: z.boolean(), not_applied }),
          z.object({ index: z.int(), error: errorView }),
        ]),
      ),
      position,
    }),
    scope: 'memory:write',
    annotations: adds,
  },
  search_memories: {
    title: 'Search memories',
    description:
      'Find memories by meaning and by word. Narrow by tags, type and time. ' +
      'The answer says which search legs ran.',
    input: queries['search-memories'].input,
    output: queries['search-memories'].answer,
    scope: 'memory:read',
    annotations: reads,
  },
  get_memory: {
    title: 'Get a memory',
    description: 'Read one memory by its id, as it is now or as it was, with its earlier versions if asked.',
    input: queries['get-memory'].input,
    output: queries['get-memory'].answer,
    scope: 'memory:read',
    annotations: reads,
  },
  list_memories: {
    title: 'List memories',
    description: 'Page through memories, newest first, filtered by tags, type and time.',
    input: queries['list-memories'].input,
    output: queries['list-memories'].answer,
    scope: 'memory:read',
    annotations: reads,
  },
  update_memory: {
    title: 'Update a memory',
    description: 'Change content, type, tags, metadata or expiry of a memory; what is not given stays as it is.',
    input: commandPayloads['update-memory'].extend(inSpace),
    output: z.object({ id: z.string(), version: z.int(), position }),
    scope: 'memory:write',
    annotations: changes,
  },
  delete_memories: {
    title: 'Delete memories',
    description:
      'Delete by ids, tags or time; filters combine. Try dry_run first: it says what would go and changes nothing.',
    input: commandPayloads['delete-memories'].extend(inSpace),
    output: z.object({ deleted: z.int(), ids: z.array(z.string()), dry_run: z.boolean(), position }),
    scope: 'memory:write',
    annotations: changes,
  },
  memory_overview: {
    title: 'Memory overview',
    description: 'What is stored, by type and tag, how far the limits are, and how search is.',
    input: queries['memory-overview'].input,
    output: queries['memory-overview'].answer.extend({
      plan: z.string(),
      usage: z.object({
        stored_bytes: z
          .object({ used: z.int(), limit: z.int() })
          .describe('Of all that memories have, earlier versions included.'),
        memories: z.object({ used: z.int() }),
        memory_operations_per_minute: rateUsage,
        syncs_per_hour: rateUsage,
        operations_in_flight: z.object({ used: z.int(), limit: z.int() }),
      }),
    }),
    scope: 'memory:read',
    annotations: reads,
  },
  share: {
    title: 'Share memories',
    description:
      'Let another user or a team read all your memories with a tag, now and later; with access "write" also add, change and ' +
      'delete there. Only when the user asked for it. The answer names the space: it is how the others find it.',
    input: sharingCommandPayloads['share-space'].extend(withKey),
    output: z.object({
      space: z.string(),
      with: z.string(),
      access: z.enum(accesses),
      changed: z.boolean().describe('Whether this was not so before.'),
      position,
    }),
    scope: 'memory:write',
    annotations: adds,
  },
  unshare: {
    title: 'Stop sharing memories',
    description: 'Take a shared tag back from one user or team, or from everybody; their next read does not see it.',
    input: sharingCommandPayloads['unshare-space'].extend(withKey),
    output: z.object({ space: z.string(), removed: z.array(z.string()), position }),
    scope: 'memory:write',
    annotations: adds,
  },
  list_shares: {
    title: 'List shares',
    description: 'Who sees what: spaces that you share with others, and those that others share with you.',
    input: queries['list-shares'].input,
    output: queries['list-shares'].answer,
    scope: 'memory:read',
    annotations: reads,
  },
  sync_repository: {
    title: 'Sync a repository',
    description:
      'Make the code of a git repository searchable, or bring it up to date. It runs as a job that survives restarts; ' +
      'asking again joins the job that runs.',
    input: syncInput.extend(withKey),
    output: z.object({ job: jobView, repository: z.string(), joined: z.boolean(), position }),
    scope: 'code:write',
    annotations: adds,
  },
  remove_repository: {
    title: 'Remove a repository',
    description: 'Remove a repository with everything that was stored of it.',
    input: z.strictObject({ name: repositoryName, ...withKey }),
    output: z.object({ repository_id: z.string(), position }),
    scope: 'code:write',
    annotations: changes,
  },
  jobs: {
    title: 'Jobs',
    description:
      'List the syncs of repositories, look at one, see what earlier ones changed, cancel one, or start one again. ' +
      'cancel and retry need the scope code:write.',
    input: jobsInput,
    output: z.object({ jobs: z.array(jobView) }),
    scope: 'code:read',
    annotations: changes,
  },
  list_repositories: {
    title: 'List repositories',
    description: 'Which repositories can be searched, at which commit, and what of them is not indexed and why.',
    input: codeQueries['list-repositories'].input,
    output: codeQueries['list-repositories'].answer,
    scope: 'code:read',
    annotations: reads,
  },
  search_code: {
    title: 'Search code',
    description:
      'Find code by what it does, by its words or by a name, in all synced repositories. ' +
      'Each hit says repository, commit, path and lines, and on request which of your memories name it.',
    input: codeQueries['search-code'].input,
    output: searchedCode,
    scope: 'code:read',
    annotations: reads,
  },
  find_symbol: {
    title: 'Find a symbol',
    description: 'Where a function, class or other name is defined, used or called, what it calls, what implements it.',
    input: codeQueries['find-symbol'].input,
    output: codeQueries['find-symbol'].answer,
    scope: 'code:read',
    annotations: reads,
  },
  read_code: {
    title: 'Read code',
    description: 'Read lines of a file, or the definition of a symbol in it, at the indexed commit.',
    input: codeQueries['read-code'].input,
    output: codeQueries['read-code'].answer,
    scope: 'code:read',
    annotations: reads,
  },
  repo_map: {
    title: 'Map of a repository',
    description:
      'The important files and definitions of a repository with their lines, in a number of tokens; ' +
      'seen from paths, names or words when given.',
    input: codeQueries['repo-map'].input,
    output: codeQueries['repo-map'].answer,
    scope: 'code:read',
    annotations: reads,
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof table;

/** The schema that tells agents the input of a tool. */
export function listedInput(name: ToolName): z.ZodType {
  const tool: Tool = table[name];
  return tool.listed ?? tool.input;
}

/** The MCP tools, in the order in which they are listed. */
export const tools: { readonly [N in ToolName]: (typeof table)[N] } = table;

/** What a tool answers when it succeeds. */
export type ToolAnswer<N extends ToolName> = z.infer<(typeof table)[N]['output']>;
