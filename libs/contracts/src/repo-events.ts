import { z } from 'zod';
import type { EventIn } from './event-table.js';
import * as field from './repo-fields.js';
import { skipReasonNames } from './skip-reasons.js';

/**
 * Events of the aggregate `repo-<repository_id>`. What a job records is staged under its `job_id`: readers go on seeing
 * the files of the last `repository-synced` until the job's own one.
 */

/** What every event of a repository says. */
const about = { repository_id: field.repositoryId };
const aboutJob = { ...about, job_id: field.jobId };

const repositorySyncRequested = z.object({
  ...aboutJob,
  name: z.string(),
  source: z.string(),
  /** null: the default branch. */
  ref: z.string().nullable(),
  mode: field.syncMode,
  /** Where its blobs lie. New for a repository that was removed before, so that late removals cannot reach it. */
  store: z.string(),
  trigger: z.enum(['call', 'retry', 'interval', 'webhook']),
});

/** A worker has taken the job; more than once when workers die. */
const repositorySyncStarted = z.object({ ...aboutJob, attempt: z.int() });

/** What the job leads from and to. A further one of the same job drops what was staged before it. */
const repositorySyncPlanned = z.object({
  ...aboutJob,
  commit: field.commitId,
  /** The commit whose files the recorded changes apply to; null: the recorded files are all there are. */
  base_commit: field.commitId.nullable(),
  /** Version of the rules that skip and redact. */
  rules: z.int(),
  /** Entries that there are to look at. */
  total: z.int(),
});

const filesRecorded = z.object({
  ...aboutJob,
  /** Counted from 1 within a plan. */
  batch: z.int(),
  commit: field.commitId,
  store: z.string(),
  /** Files whose content is in the blob store; they replace what is known of the path. */
  files: z.array(
    z.object({
      path: z.string(),
      /** sha256 of the stored content, hex. */
      blob: z.string(),
      /** Bytes of the stored content. */
      size: z.int(),
      /** Secrets that were replaced in it before it was stored. */
      redacted: z.int().optional(),
    }),
  ),
  /** Files that are known but not stored; they replace what is known of the path. */
  skipped: z.array(z.object({ path: z.string(), reason: z.enum(skipReasonNames), size: z.int().optional() })),
  /** Entries of the plan that are done, this batch included. */
  done: z.int(),
});

const filesRemoved = z.object({ ...aboutJob, batch: z.int(), paths: z.array(z.string()), done: z.int() });

/** The job is complete: its staged changes are the repository now. */
const repositorySynced = z.object({
  ...aboutJob,
  commit: field.commitId,
  base_commit: field.commitId.nullable(),
  /** The ref that was followed, as asked for or as the default branch is called. */
  ref: z.string(),
  rules: z.int(),
  /** What this job recorded, not what the repository has. */
  counts: z.object({
    files: z.int(),
    bytes: z.int(),
    skipped: z.int(),
    removed: z.int(),
    redacted: z.int(),
  }),
});

const repositorySyncFailed = z.object({ ...aboutJob, reason: z.string(), message: z.string() });

const repositorySyncCancelled = z.object({ ...aboutJob });

/** How it syncs by itself from now on. Of an aggregate of its own, `auto-<repository_id>`: no job is decided by it. */
const repositoryAutoSyncSet = z.object({
  ...about,
  /** null: not at intervals. */
  every_minutes: z.int().nullable(),
  /** Which webhook begins a sync; null: none. */
  hook: z.string().nullable(),
});

/** A webhook said that there is something new. Of the aggregate `auto-<repository_id>`. */
const repositorySyncWanted = z.object(about);

/** The repository and everything of it is gone; a running job ends with it. */
const repositoryRemoved = z.object({ ...about, store: z.string() });

/** Newest version and schema of every event of a repository. */
export const repoEventTypes = {
  'repository-sync-requested': { version: 1, data: repositorySyncRequested },
  'repository-sync-started': { version: 1, data: repositorySyncStarted },
  'repository-sync-planned': { version: 1, data: repositorySyncPlanned },
  'files-recorded': { version: 1, data: filesRecorded },
  'files-removed': { version: 1, data: filesRemoved },
  'repository-synced': { version: 1, data: repositorySynced },
  'repository-sync-failed': { version: 1, data: repositorySyncFailed },
  'repository-sync-cancelled': { version: 1, data: repositorySyncCancelled },
  'repository-auto-sync-set': { version: 1, data: repositoryAutoSyncSet },
  'repository-sync-wanted': { version: 1, data: repositorySyncWanted },
  'repository-removed': { version: 1, data: repositoryRemoved },
} as const;

/** What happened to one repository of an owner. */
export type RepoEvent = EventIn<typeof repoEventTypes>;

export function isRepoEvent<E extends { readonly type: string }>(event: E): event is E & RepoEvent {
  return Object.hasOwn(repoEventTypes, event.type);
}
