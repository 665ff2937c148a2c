import { commitSchema, headers, streams, streamSubjects } from '@memlane/contracts';
import { upcastCommit, type EventLog, type FeedItem } from '@memlane/event-log';

/** A commit that cannot be read or applied. */
export type PoisonCommit = Pick<FeedItem, 'seq' | 'msgId' | 'owner'>;

/**
 * Looks whether the next commit of a partition is one that cannot be read, which breaks a feed as a lost connection
 * does.
 *
 * @param afterSeq last sequence that was read
 * @returns `undefined` when it can be read, or when there is none
 */
export async function findUnreadable(
  log: EventLog,
  partition: number,
  afterSeq: number,
): Promise<{ commit: PoisonCommit; error: unknown } | undefined> {
  const message = await log.jsm.direct.getMessage(streams.events(partition), {
    seq: afterSeq + 1,
    next_by_subj: streamSubjects.events(partition),
  });
  if (!message) return undefined;
  try {
    upcastCommit(commitSchema.parse(message.json()));
    return undefined;
  } catch (error) {
    const [, , owner = ''] = message.subject.split('.');
    return { commit: { seq: message.seq, msgId: message.header.get(headers.msgId), owner }, error };
  }
}
