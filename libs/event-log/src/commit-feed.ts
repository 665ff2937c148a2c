import { commitSchema, headers, streams, type Commit } from '@memlane/contracts';
import {
  DeliverPolicy,
  type Consumer,
  type ConsumerMessages,
  type JetStreamClient,
  type JsMsg,
} from '@nats-io/jetstream';
import type { StreamMessage } from './read-to-end.js';
import { commitFilter } from './stream-table.js';
import { upcastCommit } from './upcast-event.js';

/** One commit and where it lies in the log. */
export interface CommitItem {
  readonly seq: number;
  /** The command id: `Nats-Msg-Id` of the commit. */
  readonly msgId: string;
  /** When the server stored it. */
  readonly time: Date;
  readonly owner: string;
  readonly aggregate: string;
  readonly commit: Commit;
  readonly traceparent?: string;
}

/** One message of a feed of commits. */
export interface FeedItem extends CommitItem {
  /** Commits behind this one that the consumer knew of: none, or too many, when it is on a replica that is behind. */
  readonly pending: number;
}

/** Messages in the order of the log; goes on waiting for new ones until it is stopped. */
export interface Feed<Item> extends AsyncIterable<Item> {
  stop(): Promise<void>;
}

export type CommitFeed = Feed<FeedItem>;

export interface CommitFeedOptions {
  /** Starts with the first commit after this sequence. */
  readonly afterSeq: number;
  readonly owner?: string;
  readonly aggregate?: string;
  /** Messages that are fetched ahead: bounds what a slow reader holds in memory. Default 512. */
  readonly fetchAhead?: number;
}

const FETCH_AHEAD = 512;

/** Life of one pull: a restart of the server is noticed after half of it. */
const PULL_MS = 4_000;

/**
 * Reads commits by an ordered consumer: no acknowledgements, gaps are found and healed, and the reader's own checkpoint
 * says where to begin.
 */
export function openFeed<Item>(
  js: JetStreamClient,
  partition: number,
  options: CommitFeedOptions,
  toItem: (message: JsMsg) => Item,
): Feed<Item> {
  let messages: ConsumerMessages | undefined;
  let consumer: Consumer | undefined;
  const stopping = new AbortController();
  const isStopped = () => stopping.signal.aborted;

  async function* read(): AsyncGenerator<Item> {
    consumer = await js.consumers.get(streams.events(partition), {
      filter_subjects: commitFilter(partition, options.owner, options.aggregate),
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: options.afterSeq + 1,
    });
    if (isStopped()) return;
    messages = await consumer.consume({ max_messages: options.fetchAhead ?? FETCH_AHEAD, expires: PULL_MS });
    for await (const message of messages) {
      if (isStopped()) break;
      yield toItem(message);
    }
  }

  return {
    [Symbol.asyncIterator]: read,
    stop: async () => {
      stopping.abort();
      await messages?.close();
      // The server would keep it for minutes; that it cannot be told at the moment is no reason to wait.
      consumer?.delete().catch(() => undefined);
    },
  };
}

/** @throws when the message is not a commit of a known version */
export function toFeedItem(message: JsMsg): FeedItem {
  return { ...toCommitItem(message), pending: message.info.pending };
}

/** @throws when the message is not a commit of a known version */
export function toCommitItem(message: StreamMessage): CommitItem {
  const [, , owner = '', aggregate = ''] = message.subject.split('.');
  const traceparent = message.headers?.get(headers.traceparent);
  return {
    seq: message.seq,
    msgId: message.headers?.get(headers.msgId) ?? '',
    time: message.time,
    owner,
    aggregate,
    commit: upcastCommit(commitSchema.parse(message.json())),
    ...(traceparent ? { traceparent } : {}),
  };
}
