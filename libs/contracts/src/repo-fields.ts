import { z } from 'zod';
import { text } from './fields.js';
import { limit } from './limits.js';

/** Name of a repository: part of `repo://<name>/<path>`, unique per owner. */
export const REPOSITORY_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const REF_PATTERN = /^(?![-/.])(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)))[^\u0000-\u0020\u007f~^:?*[\\]+(?<![/.])$/;

export const repositoryName = z
  .string()
  .refine((value) => REPOSITORY_NAME_PATTERN.test(value), {
    error: 'is not 1 to 100 letters, digits, ".", "_" and "-", beginning with one of the first two',
  })
  .describe('Name of the repository, as list_repositories has it.');

/** The id behind a name: the same name is always the same aggregate `repo-<id>`. */
export const repositoryId = z.string().regex(/^[0-9a-f]{16}$/);

/** Begins with the id of its repository, so that a job leads to its aggregate without a look-up. */
export const jobId = z
  .string()
  .refine((value) => /^[0-9a-f]{16}-[0-9a-z-]{1,47}$/.test(value), { error: 'is not the id of a job' });

/** Full object id of a commit: SHA-1 or SHA-256, hex. */
export const commitId = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);

/** sha256 of the stored content, hex: the name of a blob. */
export const blobId = z.string().regex(/^[0-9a-f]{64}$/);

export const source = text('repository_source_chars').describe(
  'A git URL (https), or a path below an allowed folder of the server.',
);

/** A branch, a tag, a full ref or a commit id: what git itself takes as the name of a ref, see git-check-ref-format(1). */
export const ref = text('repository_ref_chars')
  .refine((value) => REF_PATTERN.test(value), { error: 'is not the name of a branch, tag or commit' })
  .describe('Branch, tag or commit; default: the default branch.');

export const syncMode = z.enum(['incremental', 'full']);

/** Minutes between two syncs that nobody asks for. */
export const everyMinutes = z.int().min(limit('auto_sync_min_minutes')).max(limit('auto_sync_max_minutes'));

/** Which of the webhooks that a repository has had: only the last one begins anything. */
export const hook = z.string().regex(/^[0-9a-f]{32}$/);

/** Path of a file below the root of its repository, with slashes, as git has it. */
export const repositoryPath = z.string().min(1).max(limit('repository_path_chars'));
