import { z } from 'zod';
import type { AggregateKind } from './aggregates.js';
import { eventTypes } from './events.js';
import type { Scope } from './scopes.js';

/** The scope that hearing of the changes of an aggregate needs. */
export const scopeOfChanges: Readonly<Record<AggregateKind, Scope>> = {
  memory: 'memory:read',
  repo: 'code:read',
  account: 'admin',
};

/** Beside the types of events: how far jobs are, which no event of the log says. */
export const JOB_PROGRESS = 'job-progress';

const knownTypes = [...Object.keys(eventTypes), JOB_PROGRESS];

/** Query of `GET /events`. */
export const eventsQuery = z.strictObject({
  types: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(z.enum(knownTypes, { error: 'is not a type of event' })).max(knownTypes.length))
    .optional()
    .describe(`Only these types of event, or \`${JOB_PROGRESS}\`, separated by commas; default: all.`),
});

const position = z.string().describe('Place in the log; also the `id` of the event.');

/** Data of `event: ready`, the first of every stream. */
export const readyNotice = z.object({ position });

/**
 * Data of `event: commit`: what one command changed. It says what changed, not what it is now: that is read by its id,
 * at this position, so that a stream stays small and has no second form of everything.
 */
export const commitNotice = z.object({
  position,
  time: z.string().describe('When it was decided, ISO 8601 in UTC.'),
  aggregate: z
    .string()
    .describe(
      'What it belongs to: `memory`, `account`, `repo-<id>`, or `auto-<id>`: how a repository syncs by itself.',
    ),
  client: z.string().describe('Name of the key, or of the program, that changed it.'),
  by: z.string().optional().describe('Id of the user who wrote, when it is somebody you share a space with.'),
  events: z
    .array(
      z.object({
        type: z.string(),
        ids: z.array(z.string()),
        version: z.int().optional(),
        job_id: z.string().optional(),
        done: z.int().optional(),
        total: z.int().optional(),
      }),
    )
    .describe(
      'In order, each `{type, ids, version?, job_id?, done?, total?}`. `version`: the one of the memory that the event ' +
        'made. `job_id`: the sync it belongs to; `done` of `total` entries are done.',
    ),
});
export type CommitNotice = z.infer<typeof commitNotice>;
