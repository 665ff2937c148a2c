import { z } from 'zod';
import { limit } from './limits.js';
import * as field from './repo-fields.js';
import { skipReasonNames } from './skip-reasons.js';

const about = { repository_id: field.repositoryId };
const aboutJob = { ...about, job_id: field.jobId };

const syncRepository = z.strictObject({
  ...about,
  name: field.repositoryName,
  source: field.source,
  ref: field.ref.nullable(),
  mode: field.syncMode,
  trigger: z.enum(['call', 'interval', 'webhook']),
});

/** A sync that nobody asked for: `after` is the job that it follows, so that however many ask, it is begun once. */
const autoSync = z.strictObject({ ...about, after: field.jobId });

/** What is left out stays as it is; null: no longer. */
const setAutoSync = z.strictObject({
  ...about,
  every_minutes: field.everyMinutes.nullable().optional(),
  hook: field.hook.nullable().optional(),
});

const planSync = z.strictObject({
  ...aboutJob,
  commit: field.commitId,
  base_commit: field.commitId.nullable(),
  rules: z.int().min(1),
  total: z.int().min(0),
});

const recordFiles = z.strictObject({
  ...aboutJob,
  batch: z.int().min(1),
  files: z
    .array(
      z.strictObject({
        path: field.repositoryPath,
        blob: field.blobId,
        size: z.int().min(0),
        redacted: z.int().min(1).optional(),
      }),
    )
    .max(limit('files_per_batch')),
  skipped: z
    .array(
      z.strictObject({
        path: field.repositoryPath,
        reason: z.enum(skipReasonNames),
        size: z.int().min(0).optional(),
      }),
    )
    .max(limit('files_per_batch')),
  removed: z.array(field.repositoryPath).max(limit('files_per_batch')),
  done: z.int().min(1),
});

const completeSync = z.strictObject({ ...aboutJob, ref: z.string(), batches: z.int().min(0) });

const failSync = z.strictObject({ ...aboutJob, reason: z.string().max(64), message: z.string().max(1_024) });

/** Payloads of the commands on a repository. Those with a `job_id`, save for cancel and retry, are the worker's reports. */
export const repoCommandPayloads = {
  'sync-repository': syncRepository,
  'retry-sync': z.strictObject(aboutJob),
  'auto-sync': autoSync,
  'set-auto-sync': setAutoSync,
  /** A webhook was called. */
  'want-sync': z.strictObject({ ...about, hook: field.hook }),
  'start-sync': z.strictObject(aboutJob),
  'plan-sync': planSync,
  'record-files': recordFiles,
  'complete-sync': completeSync,
  'fail-sync': failSync,
  'cancel-sync': z.strictObject(aboutJob),
  'remove-repository': z.strictObject(about),
} as const;

export type RepoCommandType = keyof typeof repoCommandPayloads;

/** How a job stands. */
export const jobStates = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

/** What a worker has to know to begin a job or to go on with it. */
export interface SyncTask {
  readonly name: string;
  readonly source: string;
  readonly ref: string | null;
  readonly mode: z.infer<typeof field.syncMode>;
  readonly store: string;
  /** What readers see at the moment. */
  readonly indexed: { readonly commit: string; readonly rules: number } | null;
  /** What this job was about to do, and how far it got: entries of the plan that are recorded. */
  readonly plan: {
    readonly commit: string;
    readonly base_commit: string | null;
    readonly rules: number;
    readonly total: number;
    readonly batch: number;
    readonly done: number;
  } | null;
}

/** What is left of a job after a report; `unknown` when it is no longer the repository's last one. */
interface Reported {
  readonly state: JobState | 'unknown';
}

/** What each command answers when it is accepted. */
export interface RepoCommandResults {
  /** `joined`: the job was under way already. */
  'sync-repository': { readonly repository_id: string; readonly job_id: string; readonly joined: boolean };
  'retry-sync': { readonly repository_id: string; readonly job_id: string; readonly joined: boolean };
  /** With a job when one was begun. */
  'auto-sync': { readonly repository_id: string; readonly job_id?: string };
  'set-auto-sync': { readonly every_minutes: number | null; readonly webhook: boolean };
  'want-sync': { readonly repository_id: string };
  /** With a task when there is something to do. */
  'start-sync': Reported & { readonly task?: SyncTask };
  'plan-sync': Reported;
  'record-files': Reported;
  'complete-sync': Reported;
  'fail-sync': Reported;
  'cancel-sync': Reported;
  'remove-repository': { readonly repository_id: string; readonly store: string };
}
