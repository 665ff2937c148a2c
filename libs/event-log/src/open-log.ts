import {
  buckets,
  epochOf,
  headers as names,
  limit,
  partitionOf,
  streams,
  subjects,
  type Command,
  type StoredCommit,
} from '@memlane/contracts';
import {
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamClient,
  type JetStreamManager,
  type StreamInfo,
} from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { headers as newHeaders, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core';
import { ANSWER_MS, isPassing, isWrongLastSequence, publishWithRetry, repeatWhile } from './retry-publish.js';
import { commitFilter, LOG_VERSION, streamTable, type WantedStream } from './stream-table.js';
import {
  openFeed,
  toCommitItem,
  toFeedItem,
  type CommitFeed,
  type CommitFeedOptions,
  type CommitItem,
  type Feed,
} from './commit-feed.js';
import { toLogMessage, type LogMessage } from './log-message.js';
import { readNext, readToEnd, type StreamMessage, type StreamPart } from './read-to-end.js';

/** What a log was made with differs from what is asked for, or a stream was changed by hand. */
export class LogMismatchError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LogMismatchError';
  }
}

export interface LogSettings {
  readonly partitions: number;
  readonly replicas: number;
}

export interface PublishSettings {
  /** The broker's deduplication id: the same for every repetition of one publish. */
  readonly attemptId: string;
  /** Core NATS subject that wants the outcome. */
  readonly replyTo: string;
  /** Further headers, e.g. `traceparent`. */
  readonly headers?: MsgHdrs;
}

export interface AppendSettings {
  /** Aggregate token of the subject, e.g. `memory`. */
  readonly aggregate: string;
  /** The sequence that the decision was made at: last commit on this subject, 0 for none. */
  readonly expectedLastSubjectSeq: number;
  /** The sequence is that of the owner's last commit on any aggregate: the decision depends on more than one. */
  readonly ofAnyAggregate?: boolean;
  readonly traceparent?: string;
}

export type AppendResult =
  | { readonly ok: true; readonly seq: number; readonly duplicate: boolean }
  | { readonly ok: false; readonly reason: 'wrong-last-sequence' };

/** The log: command streams, event streams and what belongs to them. */
export interface EventLog {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly partitions: number;
  /** Epoch of the partition's event stream, as in positions. */
  epoch(partition: number): string;
  /** `created` of the partition's event stream, as the server reports it. */
  streamCreated(partition: number): string;
  /** Last sequence of the partition's event stream, 0 when it is empty. */
  lastSeq(partition: number): Promise<number>;
  /** Returns when the command is durable. @throws MemlaneError `MEMLANE_ERR_OVERLOADED` or `MEMLANE_ERR_UNAVAILABLE` */
  publishCommand(command: Command, settings: PublishSettings): Promise<void>;
  /** Appends one commit under compare-and-swap. @throws MemlaneError as {@link EventLog.publishCommand} */
  append(commit: StoredCommit, settings: AppendSettings): Promise<AppendResult>;
  commits(partition: number, options: CommitFeedOptions): CommitFeed;
  /** The commits after a sequence that are there: every one that was acknowledged before it ends. */
  commitsToEnd(partition: number, afterSeq: number): AsyncGenerator<CommitItem>;
  /** The same of any stream, e.g. that of the outcomes. */
  readToEnd(part: StreamPart): AsyncGenerator<StreamMessage>;
  /** The same without reading the messages, so that one that this build does not understand does not end the feed. */
  messages(partition: number, options: CommitFeedOptions): Feed<LogMessage>;
  /** The first message of an owner after a sequence; `undefined` at the end of its log. */
  nextMessage(
    partition: number,
    from: { readonly owner: string; readonly afterSeq: number },
  ): Promise<LogMessage | undefined>;
}

/**
 * Opens the log, creating what is missing and checking what is there. For `connect_wait_ms` it begins again with what
 * passes: servers that have just started, a cluster above all, take their time to elect who answers and to make streams.
 *
 * @throws LogMismatchError when the recorded partitions, the log's version or a stream's configuration differ
 */
export function openLog(nc: NatsConnection, settings: LogSettings): Promise<EventLog> {
  return repeatWhile(isPassing, () => tryToOpen(nc, settings), limit('connect_wait_ms'));
}

async function tryToOpen(nc: NatsConnection, settings: LogSettings): Promise<EventLog> {
  const js = jetstream(nc, { timeout: 10_000 });
  const jsm = await jetstreamManager(nc, { timeout: 10_000 });
  const leader = await jetstreamManager(nc, { timeout: ANSWER_MS, checkAPI: false });
  await assertConfig(js, settings);
  const wanted = streamTable(settings.partitions, settings.replicas);
  const infos = new Map<string, StreamInfo>();
  for (const info of await Promise.all(wanted.map((stream) => ensureStream(jsm, stream))))
    infos.set(info.config.name, info);
  const lanes = Array.from({ length: settings.partitions }, (_, partition) => partition);
  const created = lanes.map((partition) => infos.get(streams.events(partition))?.created ?? '');

  return {
    nc,
    js,
    jsm,
    partitions: settings.partitions,
    epoch: (partition) => epochOf(createdOf(created, partition)),
    streamCreated: (partition) => createdOf(created, partition),
    lastSeq: async (partition) => (await jsm.streams.info(streams.events(partition))).state.last_seq,
    publishCommand: async (command, { attemptId, replyTo, headers = newHeaders() }) => {
      headers.set(names.replyTo, replyTo);
      headers.set(names.commandId, command.commandId);
      headers.set(names.actor, command.actor);
      const subject = subjects.command(partitionOf(command.owner, settings.partitions), command.owner, command.type);
      await publishWithRetry(js, subject, encode(command), { msgID: attemptId, headers });
    },
    append: (commit, append) => appendCommit(js, settings.partitions, commit, append),
    commits: (partition, options) => openFeed(js, partition, options, toFeedItem),
    messages: (partition, options) => openFeed(js, partition, options, toLogMessage),
    commitsToEnd: async function* (partition, afterSeq) {
      const part = {
        stream: streams.events(partition),
        filter: commitFilter(partition, undefined, undefined),
        afterSeq,
      };
      for await (const message of readToEnd({ js, jsm: leader }, part)) yield toCommitItem(message);
    },
    readToEnd: (part) => readToEnd({ js, jsm: leader }, part),
    nextMessage: async (partition, { owner, afterSeq }) => {
      const filter = commitFilter(partition, owner, undefined);
      const message = await readNext(leader, { stream: streams.events(partition), filter, afterSeq });
      return message && toLogMessage(message);
    },
  };
}

/**
 * Opens the log that is there, with the partitions that it was made with.
 *
 * @throws LogMismatchError when there is none
 */
export async function openRecordedLog(nc: NatsConnection, replicas = 1): Promise<EventLog> {
  const bucket = await new Kvm(nc).open(buckets.memlane);
  const recorded = (await bucket.get('config'))?.json<RecordedConfig>();
  if (!recorded) throw new LogMismatchError('there is no log yet');
  return openLog(nc, { partitions: recorded.partitions, replicas });
}

function createdOf(created: readonly string[], partition: number): string {
  const value = created[partition];
  if (value === undefined) throw new RangeError(`there is no partition ${partition}`);
  return value;
}

const encoder = new TextEncoder();

function encode(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

async function appendCommit(
  js: JetStreamClient,
  partitions: number,
  commit: StoredCommit,
  { aggregate, expectedLastSubjectSeq, ofAnyAggregate = false, traceparent }: AppendSettings,
): Promise<AppendResult> {
  const headers = newHeaders();
  headers.set(names.events, commit.events.map(({ type }) => type).join(','));
  headers.set(names.actor, commit.actor);
  if (traceparent) headers.set(names.traceparent, traceparent);
  const partition = partitionOf(commit.owner, partitions);
  const subject = subjects.event(partition, commit.owner, aggregate);
  const expect = {
    lastSubjectSequence: expectedLastSubjectSeq,
    ...(ofAnyAggregate ? { lastSubjectSequenceSubject: subjects.event(partition, commit.owner, '*') } : {}),
  };
  try {
    const ack = await publishWithRetry(js, subject, encode(commit), { msgID: commit.commandId, headers, expect });
    return { ok: true, seq: ack.seq, duplicate: ack.duplicate };
  } catch (error) {
    if (isWrongLastSequence(error)) return { ok: false, reason: 'wrong-last-sequence' };
    throw error;
  }
}

interface RecordedConfig {
  readonly partitions: number;
  readonly log_version: number;
}

async function assertConfig(js: JetStreamClient, { partitions, replicas }: LogSettings): Promise<void> {
  const bucket = await new Kvm(js).create(buckets.memlane, { history: 5, replicas });
  const wanted: RecordedConfig = { partitions, log_version: LOG_VERSION };
  const read = async () => (await bucket.get('config'))?.json<RecordedConfig>();
  let recorded = await read();
  if (!recorded) {
    // Whoever comes first records it; everyone reads back what holds.
    await bucket.create('config', JSON.stringify(wanted)).catch(() => undefined);
    recorded = await read();
  }
  if (!recorded) throw new LogMismatchError('the bucket memlane has no config');
  if (recorded.log_version > LOG_VERSION)
    throw new LogMismatchError(`the log has version ${recorded.log_version}; this Memlane knows ${LOG_VERSION}`);
  if (recorded.partitions !== partitions)
    throw new LogMismatchError(
      `the log has ${recorded.partitions} partitions, MEMLANE_PARTITIONS says ${partitions}; they are fixed when a log is created`,
    );
}

/** Fields that the meaning of a stream depends on; replicas may be changed by an operator. */
const CHECKED = [
  'subjects',
  'retention',
  'discard',
  'discard_new_per_subject',
  'max_age',
  'max_msgs_per_subject',
  'allow_direct',
] as const;

async function ensureStream(jsm: JetStreamManager, wanted: WantedStream): Promise<StreamInfo> {
  let info: StreamInfo;
  try {
    info = await jsm.streams.info(wanted.name);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.status !== 404) throw error;
    // Several services may come here at once: adding the same stream again is no error.
    info = await jsm.streams.add(wanted);
  }
  for (const field of CHECKED) {
    const expected = wanted[field];
    const [is, was] = [info.config[field], expected].map((value) => JSON.stringify(value));
    if (expected !== undefined && is !== was)
      throw new LogMismatchError(
        `stream ${wanted.name}: ${field} is ${is} and was made as ${was}; set it back with "nats stream edit ${wanted.name}"`,
      );
  }
  return info;
}
