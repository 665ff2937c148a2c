import {
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type NextMsgRequest,
  type SeqMsgRequest,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/nats-core';
import { repeatWhile, isPassing } from './retry-publish.js';

/** Who misses more than so many messages reads them ahead by a consumer. */
const ONE_BY_ONE = 64;

/** Messages that the consumer fetches ahead. */
const FETCH_AHEAD = 256;

/** Life of one pull: half of it without a heartbeat and the pull is made anew. */
const PULL_MS = 4_000;

/** A message of a stream, whichever way it came from the server. */
export interface StreamMessage {
  readonly seq: number;
  readonly subject: string;
  /** When the server stored it. */
  readonly time: Date;
  readonly headers?: MsgHdrs | undefined;
  json(): unknown;
}

/** Which messages of which stream. */
export interface StreamPart {
  readonly stream: string;
  /** Subjects, with wildcards. */
  readonly filter: string;
  readonly afterSeq: number;
}

/**
 * The first message of a part of a stream, `undefined` at its end. Asked of the stream's leader, whose answer is never
 * behind: a replica's may be.
 *
 * @param jsm with a time-out after which it makes sense to ask again: a leader that has just died says nothing
 */
export async function readNext(
  jsm: JetStreamManager,
  { stream, filter, afterSeq }: StreamPart,
): Promise<StreamMessage | undefined> {
  // The client's type of a request to the leader lacks the filter that the server has known since 2.9.
  const query: SeqMsgRequest & NextMsgRequest = { seq: afterSeq + 1, next_by_subj: filter };
  return askLeader(() => jsm.streams.getMessage(stream, query));
}

/**
 * The messages of a part of a stream, oldest first, up to its end as the leader has it when it is asked for the last time.
 *
 * The leader is asked for one after the other. A consumer that has just been made is not known to every server of a cluster
 * yet: a first pull that finds nobody is made anew after six seconds. And it may be on a replica that has just come back,
 * with a count of what follows that is wrong by what it lacks: who waits for that to be zero waits for the next message.
 * Only who is far behind reads by a consumer, as far as the last message that the leader has.
 */
export async function* readToEnd(
  { js, jsm }: { readonly js: JetStreamClient; readonly jsm: JetStreamManager },
  part: StreamPart,
): AsyncGenerator<StreamMessage> {
  let { afterSeq } = part;
  for (let count = 1; ; count += 1) {
    const message = await readNext(jsm, { ...part, afterSeq });
    if (!message) return;
    yield message;
    afterSeq = message.seq;
    if (count !== ONE_BY_ONE) continue;
    const last = await askLeader(() => jsm.streams.getMessage(part.stream, { last_by_subj: part.filter }));
    if (!last || last.seq <= afterSeq) continue;
    for await (const next of readAhead(js, { ...part, afterSeq }, last.seq)) {
      yield next;
      afterSeq = next.seq;
    }
  }
}

async function* readAhead(
  js: JetStreamClient,
  { stream, filter, afterSeq }: StreamPart,
  lastSeq: number,
): AsyncGenerator<StreamMessage> {
  const consumer = await js.consumers.get(stream, {
    filter_subjects: filter,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: afterSeq + 1,
  });
  const messages = await consumer.consume({ max_messages: FETCH_AHEAD, expires: PULL_MS });
  try {
    for await (const message of messages) {
      yield message;
      // The last one may have been purged meanwhile; then what the consumer has last ends it.
      if (message.seq >= lastSeq || message.info.pending === 0) return;
    }
  } finally {
    await messages.close();
    // The server would keep it for minutes; that it cannot be told at the moment is no reason to wait.
    consumer.delete().catch(() => undefined);
  }
}

async function askLeader(ask: () => Promise<StoredMsg | null>): Promise<StreamMessage | undefined> {
  const message = await repeatWhile(isPassing, ask);
  if (!message) return undefined;
  const { seq, subject, time, header } = message;
  return { seq, subject, time, headers: header, json: () => message.json() };
}
