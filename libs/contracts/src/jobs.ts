import { z } from 'zod';
import { jobStates, type RepoCommandType } from './repo-commands.js';
import * as field from './repo-fields.js';

/** Kinds of jobs: a token of their subject. */
export const jobKinds = { repository: 'repository' } as const;

/** One message of the stream of jobs: that there is something to do. What is to be done, the aggregate says. */
export type Job =
  | { readonly kind: 'sync'; readonly owner: string; readonly repository_id: string; readonly job_id: string }
  /** Contents of a repository that was removed. */
  | { readonly kind: 'purge'; readonly owner: string; readonly repository_id: string; readonly store: string };

/** The commands that put a job into the queue. */
export const jobCommands = ['sync-repository', 'retry-sync', 'remove-repository'] as const satisfies RepoCommandType[];

export const jobPhases = ['queued', 'fetching', 'recording', 'completing', 'ended'] as const;

/** How far a job is. */
export const jobProgress = z.object({
  id: z.string(),
  state: z.enum(jobStates),
  phase: z.enum(jobPhases),
  /** Files that are looked at. */
  done: z.int(),
  total: z.int(),
  /** Files a second, 0 before the first. */
  rate: z.number(),
  /** Estimate of what is left; null while it is not known. */
  eta_seconds: z.number().nullable(),
});
export type JobProgress = z.infer<typeof jobProgress>;

/** A job as tools answer it. */
export const jobView = jobProgress.extend({
  repository_id: z.string(),
  reason: z.string().optional().describe('Why it failed, in a word.'),
  message: z.string().optional().describe('Why it failed.'),
  commit: z.string().optional().describe('The commit that was synced.'),
  files: z.int().optional().describe('Files that this job recorded.'),
  skipped: z.int().optional().describe('Files that this job left out, see list_repositories for why.'),
  removed: z.int().optional().describe('Files that this job removed.'),
});
export type JobView = z.infer<typeof jobView>;

/** Input of `sync_repository`. */
export const syncInput = z.strictObject({
  source: field.source,
  name: field.repositoryName.optional(),
  ref: field.ref.optional(),
  mode: field.syncMode
    .default('incremental')
    .describe('incremental: what changed since the last sync; full: everything.'),
  wait: z.boolean().optional().describe('Wait for the end; default: when the client asks for progress.'),
});

/** Input of `jobs`. */
export const jobsInput = z.strictObject({
  action: z.enum(['list', 'get', 'cancel', 'retry']),
  id: field.jobId.optional().describe('The job; needed for all but list.'),
});
