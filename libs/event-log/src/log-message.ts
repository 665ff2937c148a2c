import { commitSchema, streams, type StoredCommit } from '@memlane/contracts';
import type { JetStreamManager, NextMsgRequest, SeqMsgRequest } from '@nats-io/jetstream';
import { commitFilter } from './stream-table.js';

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

/**
 * The first message of an owner after a sequence, `undefined` at the end of its log. Asked of the stream's leader, whose
 * answer is never behind: a replica's may be.
 */
export async function readNextMessage(
  jsm: JetStreamManager,
  partition: number,
  { owner, afterSeq }: { readonly owner: string; readonly afterSeq: number },
): Promise<LogMessage | undefined> {
  // The client's type of a request to the leader lacks the filter that the server has known since 2.9.
  const query: SeqMsgRequest & NextMsgRequest = {
    seq: afterSeq + 1,
    next_by_subj: commitFilter(partition, owner, undefined),
  };
  const message = await jsm.streams.getMessage(streams.events(partition), query);
  return message ? toLogMessage(message) : undefined;
}
