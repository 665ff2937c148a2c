import { z } from 'zod';
import { position } from './fields.js';
import { limit } from './limits.js';
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
export const jobCommands = [
  'sync-repository',
  'retry-sync',
  'auto-sync',
  'remove-repository',
] as const satisfies RepoCommandType[];

export const jobPhases = ['queued', 'fetching', 'recording', 'completing', 'ended'] as const;

/** How far a job is. */
export const jobProgress = z.object({
  id: z.string(),
  state: z.enum(jobStates),
  phase: z.enum(jobPhases),
  done: z.int().describe('While fetching: objects that have come; then: files that are looked at.'),
  total: z.int().describe('How many of them there are; 0 while that is not known.'),
  rate: z.number().describe('Of them a second.'),
  eta_seconds: z.number().nullable().describe('Estimate of what is left of the phase; null while it is not known.'),
});
export type JobProgress = z.infer<typeof jobProgress>;

const count = z.int().optional();
const time = z.string().optional();

/** A job as tools answer it. */
export const jobView = jobProgress.extend({
  repository_id: z.string(),
  repository: z.string().optional().describe('Its name.'),
  reason: z.string().optional().describe('Why it failed, in a word.'),
  message: z.string().optional().describe('Why it failed.'),
  commit: z.string().optional().describe('The commit that was synced.'),
  base_commit: z.string().optional().describe('The commit whose files it was compared with.'),
  files: count.describe('Files that this job recorded.'),
  skipped: count.describe('Files that this job left out, see list_repositories for why.'),
  removed: count.describe('Files that this job removed.'),
  added: count.describe('Files that were not there before.'),
  changed: count.describe('Files whose content became another.'),
  trigger: z.string().optional().describe('What began it: call, retry, interval or webhook.'),
  attempts: count.describe('Times that a worker took it.'),
  requested_at: time,
  started_at: time,
  ended_at: time,
});
export type JobView = z.infer<typeof jobView>;

/** Input of `sync_repository`. */
export const syncInput = z.strictObject({
  source: field.source,
  name: field.repositoryName.optional().describe('Name for the repository; default: the last part of its source.'),
  ref: field.ref.optional(),
  mode: field.syncMode
    .default('incremental')
    .describe('incremental: what changed since the last sync; full: everything.'),
  every_minutes: z
    .literal(0)
    .or(field.everyMinutes)
    .optional()
    .describe('Sync again by itself at this interval; 0: no longer. Left out: as before, at first not.'),
  wait: z.boolean().optional().describe('Wait for the end; default: when the client asks for progress.'),
});

/** Input of `jobs`. */
export const jobsInput = z.strictObject({
  action: z
    .enum(['list', 'get', 'history', 'cancel', 'retry'])
    .describe('list: the last job of each repository; history: earlier ones too, with what each changed.'),
  id: field.jobId.optional().describe('The job; needed for get, cancel and retry.'),
  repository: field.repositoryName.optional().describe('history: only of this repository.'),
  limit: z.int().min(1).max(limit('jobs_listed')).default(20).describe('history: how many.'),
  position: position.optional(),
});

/** The repository that a job is of: its id begins with it. */
export function repositoryOf(jobId: string): string {
  return jobId.slice(0, 16);
}
