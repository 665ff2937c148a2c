import { z } from 'zod';
import { jobStates, type RepoCommandType } from './repo-commands.js';

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
