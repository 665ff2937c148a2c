/** Why a sync cannot be done, in a word that is stable and a sentence for people. Repeating it would not help. */
export class SyncError extends Error {
  readonly reason: SyncFailure;
  constructor(reason: SyncFailure, message: string) {
    super(message);
    this.name = 'SyncError';
    this.reason = reason;
  }
}

export type SyncFailure =
  | 'source-refused'
  | 'not-found'
  | 'ref-not-found'
  | 'empty'
  | 'malformed'
  | 'too-large'
  | 'too-many-files'
  | 'disk-full'
  | 'timeout'
  | 'unreachable'
  | 'git-failed';
