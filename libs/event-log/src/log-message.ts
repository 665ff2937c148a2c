import { commitSchema, type StoredCommit } from '@memlane/contracts';

/** A message of an event stream, not read yet: what is in it may be newer than this build knows. */
export interface LogMessage {
  readonly seq: number;
  readonly owner: string;
  readonly aggregate: string;
  /** The commit; its events may be of any version. `undefined` when the message is none, or of an unknown envelope. */
  readCommit(): StoredCommit | undefined;
}

/** What a message has, whichever way it came from the server. */
interface Received {
  readonly seq: number;
  readonly subject: string;
  json(): unknown;
}

export function toLogMessage(message: Received): LogMessage {
  const [, , owner = '', aggregate = ''] = message.subject.split('.');
  let read: { readonly commit: StoredCommit | undefined } | undefined;
  return {
    seq: message.seq,
    owner,
    aggregate,
    // Once, however many listen.
    readCommit: () => (read ??= { commit: commitOf(message) }).commit,
  };
}

function commitOf(message: Received): StoredCommit | undefined {
  try {
    return commitSchema.parse(message.json());
  } catch {
    return undefined;
  }
}
