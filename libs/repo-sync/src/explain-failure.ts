import { GitError } from './run-git.js';
import { SyncError, type SyncFailure } from './sync-error.js';

/** What git says, in the order of how sure it is. */
const signs: readonly (readonly [RegExp, SyncFailure, string])[] = [
  [/No space left on device|Disk quota exceeded/i, 'disk-full', 'the disk of the server is full'],
  [
    /couldn't find remote ref|not our ref|no such remote ref/i,
    'ref-not-found',
    'the repository has no such ref or commit',
  ],
  [/returned error: 30\d/i, 'source-refused', 'the source redirects to another address'],
  [/fsck error/i, 'malformed', 'the repository has objects that git does not take, e.g. paths with ".."'],
  [/transport '.*' not allowed/i, 'source-refused', 'the source needs a transport that is not allowed'],
  [
    /could not read Username|Authentication failed|returned error: 40[13]/i,
    'not-found',
    'the repository is not public',
  ],
  [
    /not found|does not appear to be a git repository|returned error: 404/i,
    'not-found',
    'there is no repository at this source',
  ],
  [/certificate/i, 'unreachable', 'the certificate of the source is not trusted'],
  [
    /Could not resolve|Failed to connect|timed out|SSL|Connection|early EOF/i,
    'unreachable',
    'the source cannot be reached',
  ],
  [/out of memory|mmap failed|Cannot allocate/i, 'too-large', 'the repository needs more memory than a sync may take'],
];

/** Throws what a failed run of git means; anything else as it is. */
export function explainFailure(error: unknown): never {
  if (!(error instanceof GitError)) throw error;
  const sign = signs.find(([pattern]) => pattern.test(error.stderr));
  throw sign ? new SyncError(sign[1], sign[2]) : new SyncError('git-failed', 'git could not read the repository');
}
