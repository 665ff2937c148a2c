import { z } from 'zod';
import * as field from './fields.js';
import { limit } from './limits.js';
import { freshness, legState } from './queries.js';
import { jobView } from './jobs.js';
import { jobId, repositoryId, repositoryName } from './repo-fields.js';

const repositories = z
  .array(repositoryName)
  .min(1)
  .max(limit('repositories_per_query'))
  .optional()
  .describe('Only these repositories; default: all of yours.');
const path = field
  .text('repository_path_chars')
  .transform((value) => value.replace(/^(?:\.?\/)+/, ''))
  .describe('Path of a file below the root of the repository.');
const maxChars = z
  .int()
  .min(1_000)
  .max(limit('code_answer_chars'))
  .default(limit('code_answer_chars') / 4)
  .describe('Length of the code in the answer; what does not fit is left out, and the answer says what.');
const line = z.int().min(1).max(10_000_000);

const searchCode = z.strictObject({
  query: field.text('query_chars').describe('What the code does, in plain words, or a name that is in it.'),
  repositories,
  language: field.text('code_language_chars').optional().describe('Only files of this language, e.g. "typescript".'),
  path: field
    .text('path_glob_chars')
    .refine((glob) => (glob.match(/\*+/g)?.length ?? 0) <= limit('path_glob_stars'), {
      error: `has more than ${limit('path_glob_stars')} stars`,
      params: { limit: limit('path_glob_stars') },
    })
    .optional()
    .describe('Only paths that match this glob, e.g. "src/*.ts"; a star crosses folders.'),
  kind: z
    .enum(['class', 'constant', 'constructor', 'enum', 'field', 'function', 'heading', 'interface', 'macro', 'method'])
    .or(z.enum(['module', 'struct', 'table', 'trait', 'type', 'variable']))
    .optional()
    .describe('Only code of definitions of this kind, e.g. "function".'),
  limit: z.int().min(1).max(limit('code_hits')).default(10),
  context_lines: z
    .int()
    .min(0)
    .max(limit('code_context_lines'))
    .default(0)
    .describe('Lines before and after each hit.'),
  max_chars: maxChars,
  memories: z
    .boolean()
    .default(false)
    .describe('Add your memories that name code of a hit (repo://REPOSITORY/PATH); needs the scope memory:read.'),
  position: field.position.optional(),
});

const findSymbol = z.strictObject({
  name: field.text('symbol_chars').describe('Name of the symbol, qualified ("Parser.parse") or not.'),
  relation: z
    .enum(['definition', 'references', 'callers', 'callees', 'implementations'])
    .default('definition')
    .describe('What to find: where it is defined, used or called, what it calls, what extends or implements it.'),
  repositories,
  limit: z.int().min(1).max(limit('code_symbols')).default(20),
  position: field.position.optional(),
});

const readCode = z
  .strictObject({
    repository: repositoryName,
    path,
    start_line: line.optional().describe('First line, counted from 1; default: the first.'),
    end_line: line.optional().describe('Last line, included; default: the last.'),
    symbol: field.text('symbol_chars').optional().describe('Read the definition of this symbol instead of lines.'),
    max_chars: maxChars,
    position: field.position.optional(),
  })
  .refine(({ start_line: from = 1, end_line: to }) => to === undefined || to >= from, {
    error: 'lies before start_line',
    path: ['end_line'],
  })
  .refine(({ symbol, start_line: from, end_line: to }) => symbol === undefined || (from ?? to) === undefined, {
    error: 'cannot be combined with lines',
    path: ['symbol'],
  });

const repoMap = z.strictObject({
  repository: repositoryName,
  focus: z
    .array(field.text('repository_path_chars'))
    .max(limit('repo_map_focus'))
    .default([])
    .describe('What the map is seen from: paths, folders, names ("Parser.parse") or words.'),
  max_tokens: z
    .int()
    .min(100)
    .max(limit('repo_map_tokens'))
    .default(2_000)
    .describe('The map takes no more, as far as tokens can be told from characters.'),
  position: field.position.optional(),
});

/** Jobs that syncs were, also those that are no longer the last one of their repository. */
const listSyncs = z.strictObject({
  repository: repositoryName.optional(),
  repository_id: repositoryId.optional(),
  job_id: jobId.optional(),
  limit: z.int().min(1).max(limit('jobs_listed')),
  position: field.position.optional(),
});

/** Places that memories name, to be found in the code as it is now. */
const locateLinks = z.strictObject({
  links: z
    .array(
      z.strictObject({
        repository: repositoryName,
        path,
        symbol: field.text('symbol_chars').optional(),
      }),
    )
    .max(limit('code_links_read')),
  position: field.position.optional(),
});

const listRepositories = z.strictObject({ cursor: field.cursor.optional(), position: field.position.optional() });

/** Where a piece of code is: the same at that commit for ever. */
const place = {
  repository: z.string(),
  commit: z.string().describe('The indexed commit.'),
  path: z.string(),
  start_line: z.int(),
  end_line: z.int().describe('Included.'),
};

const leftOut = z
  .string()
  .optional()
  .describe('What did not fit or was cut, and how to get it; absent when nothing was.');

/** A piece of code that a search found. */
export const codeHit = z.object({
  ...place,
  symbol: z.string().optional().describe('The definition that begins here, or that this is part of.'),
  kind: z.string().optional(),
  language: z.string(),
  text: z.string(),
  score: z.number().describe('Comparable within this answer only.'),
  names: z
    .array(z.string())
    .optional()
    .describe('Of the definitions that begin in the hit or are around it; with memories only.'),
});

/** Input and answer of every query on code. The answer's fields are those of the tool of the same name. */
export const codeQueries = {
  'search-code': {
    input: searchCode,
    answer: z.object({
      hits: z.array(codeHit),
      legs: z.object({ text: legState, symbols: legState, vectors: legState }),
      left_out: leftOut,
      ...freshness,
    }),
  },
  'find-symbol': {
    input: findSymbol,
    answer: z.object({
      symbols: z.array(
        z.object({
          name: z.string(),
          kind: z.string().describe('Of the definition; of a reference how it refers: call, import, inherit, type.'),
          ...place,
          signature: z.string(),
          confidence: z.number().describe('Between 0 and 1: how likely it is the symbol that was meant.'),
          reason: z
            .enum(['exact-name', 'other-case', 'same-file', 'imported', 'same-folder', 'unique-name', 'ambiguous'])
            .or(z.enum(['unknown-receiver', 'not-defined-here']))
            .describe(
              'Why: of a definition how its name fits, of a reference where the definition is that it is taken to mean; ' +
                'ambiguous: one of several; unknown-receiver: a member of something whose type is not known; ' +
                'not-defined-here: the repository has none.',
            ),
        }),
      ),
      left_out: leftOut,
      ...freshness,
    }),
  },
  'read-code': {
    input: readCode,
    answer: z.object({
      ...place,
      language: z.string(),
      text: z.string(),
      lines: z.int(),
      left_out: leftOut,
      ...freshness,
    }),
  },
  'repo-map': {
    input: repoMap,
    answer: z.object({
      ...{ repository: place.repository, commit: place.commit },
      text: z.string().describe('Paths, and below each its definitions as "line: signature".'),
      files: z.int().describe('Shown.'),
      symbols: z.int().describe('Shown.'),
      tokens: z.int().describe('Of the text, estimated.'),
      left_out: leftOut,
      ...freshness,
    }),
  },
  /** No tool of its own: `search_code` asks it. */
  'locate-links': {
    input: locateLinks,
    answer: z.object({
      places: z
        .array(
          z
            .object({
              path: z.string(),
              changed_at: z.string().describe('When a sync last brought another content of the file.'),
              lines: z.object({ start_line: z.int(), end_line: z.int() }).optional().describe('Of the definition.'),
            })
            .nullable(),
        )
        .describe('In the order of the links; null: there is no such file, and the symbol is not followed elsewhere.'),
      ...freshness,
    }),
  },
  /** No tool of its own: `jobs` asks it. */
  'list-syncs': { input: listSyncs, answer: z.object({ jobs: z.array(jobView), ...freshness }) },
  'list-repositories': {
    input: listRepositories,
    answer: z.object({
      repositories: z.array(
        z.object({
          name: z.string(),
          source: z.string(),
          state: z.enum(['queued', 'running', 'ready', 'failed', 'cancelled']).describe('Of the last sync.'),
          problem: z.string().optional().describe('Why the last sync failed.'),
          commit: z.string().nullable().describe('The indexed commit; null before the first sync is complete.'),
          ref: z.string().nullable(),
          files: z.int(),
          chunks: z.int(),
          symbols: z.int(),
          skipped: z.record(z.string(), z.int()).describe('Files that are not indexed, by reason.'),
          synced_at: z.string().nullable(),
          every_minutes: z.int().nullable().describe('Interval at which it syncs by itself; null: not at intervals.'),
          webhook: z.boolean().describe('Whether a webhook begins a sync.'),
        }),
      ),
      ...freshness,
      next_cursor: z.string().optional(),
    }),
  },
} as const;

export type CodeQueryName = keyof typeof codeQueries;
export type CodeQueryInput<N extends CodeQueryName> = z.infer<(typeof codeQueries)[N]['input']>;
export type CodeQueryAnswer<N extends CodeQueryName> = z.infer<(typeof codeQueries)[N]['answer']>;
