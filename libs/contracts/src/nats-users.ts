import { buckets, COMMAND_CONSUMER, live, pad, SESSION_SECRET, streams, WEBHOOK_SECRET } from './subjects.js';

/** What a user of NATS may do. `{p}` stands for each partition, `{pp}` for the same in two digits. */
interface NatsUser {
  /** Why it may, in the words of the reference. */
  readonly meaning: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Whether it may answer requests that it has received, once each, on whatever subject they name. */
  readonly answers: boolean;
}

/** Of JetStream, every service may ask what the streams are and read the configuration of the log. */
const everyone = [
  '$JS.API.INFO',
  '$JS.API.STREAM.INFO.*',
  `$JS.API.DIRECT.GET.KV_${buckets.memlane}.$KV.${buckets.memlane}.config`,
];

/** Reading a stream by consumers of one's own that see one filter only, which is part of the subject they are made by. */
function follow(stream: string, filter: string): readonly string[] {
  return [
    `$JS.API.CONSUMER.CREATE.${stream}.*.${filter}`,
    `$JS.API.CONSUMER.INFO.${stream}.*`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
    `$JS.API.CONSUMER.DELETE.${stream}.*`,
  ];
}

/** Reading single messages of a stream. */
function look(stream: string): readonly string[] {
  return [`$JS.API.STREAM.MSG.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`];
}

/** Reading a bucket and hearing of its changes. */
function watch(bucket: string): readonly string[] {
  const stream = `KV_${bucket}`;
  return [
    ...look(stream),
    ...follow(stream, '>'),
    // Of several keys, which its subject does not name.
    `$JS.API.CONSUMER.CREATE.${stream}`,
    '$JS.FC.>',
  ];
}

const followEvents = follow('EVT_{pp}', 'evt.{p}.>');

const table = {
  gateway: {
    meaning:
      'issues commands and asks queries; reads keys, plans, and the events that it streams to their owners; counts use with its like',
    publish: [
      'cmd.*.*.*',
      'query.*',
      'code-query.*',
      'admin.*.status',
      'session.ended',
      'session.subscription',
      `$KV.${buckets.memlane}.${SESSION_SECRET}`,
      `$KV.${buckets.memlane}.${WEBHOOK_SECRET}`,
      live.use,
      live.useSnapshot,
      live.serving,
      'job-ask.*',
      ...look(`KV_${buckets.keys}`),
      `$KV.${buckets.keys}.used.*`,
      ...watch(buckets.memlane),
      ...followEvents,
      '$JS.API.STREAM.MSG.GET.EVT_{pp}',
    ],
    subscribe: ['outcome.*.*', 'session.ended', 'session.subscription', live.use, live.useSnapshot, 'job-progress.*'],
    answers: true,
  },
  'command-handler': {
    meaning: 'takes commands, appends events and outcomes, parks what cannot be decided, begins syncs that are due',
    publish: [
      'evt.*.*.*',
      'out.*.*',
      'dlq.command.*.*',
      'cmd.*.*.auto-sync',
      'outcome.*.*',
      'written.*.*',
      'job.*.*.*',
      `$JS.API.CONSUMER.CREATE.CMD_{pp}.${COMMAND_CONSUMER}`,
      `$JS.API.CONSUMER.INFO.CMD_{pp}.${COMMAND_CONSUMER}`,
      `$JS.API.CONSUMER.MSG.NEXT.CMD_{pp}.${COMMAND_CONSUMER}`,
      `$JS.ACK.CMD_{pp}.${COMMAND_CONSUMER}.>`,
      ...followEvents,
      ...look('EVT_{pp}'),
      ...follow(streams.outcomes, 'out.{p}.*'),
      ...look(streams.outcomes),
    ],
    subscribe: ['admin.command-handler.*'],
    answers: true,
  },
  'memory-projector': {
    meaning: 'reads events and says how far it is',
    publish: ['progress.memory.*', ...followEvents, ...look('EVT_{pp}')],
    subscribe: ['admin.memory-projector.*', 'awaited.memory.*'],
    answers: true,
  },
  'code-projector': {
    meaning: 'reads events and contents of repositories, and says how far it is',
    publish: ['progress.code.*', ...followEvents, ...look('EVT_{pp}'), ...look(streams.blobs)],
    subscribe: ['admin.code-projector.*', 'awaited.code.*', live.serving],
    answers: true,
  },
  'vector-projector': {
    meaning: 'asks the embedder and says how far it is; what it projects comes from the read model and the code index',
    publish: [
      'progress.vectors.*',
      'progress.code-vectors.*',
      'embed.fresh',
      'embed.bulk',
      'embed.code',
      'admin.embedder.status',
      'admin.memory-projector.check',
      'admin.code-projector.check',
    ],
    subscribe: [
      'progress.memory.*',
      'progress.code.*',
      'admin.vector-projector.*',
      'admin.embedder.started',
      live.serving,
    ],
    answers: true,
  },
  'repo-worker': {
    meaning: 'takes jobs, stores the files of repositories, reports by commands, says how far it is',
    publish: [
      'cmd.*.*.start-sync',
      'cmd.*.*.plan-sync',
      'cmd.*.*.record-files',
      'cmd.*.*.complete-sync',
      'cmd.*.*.fail-sync',
      'blob.*.*.*.*',
      'job-progress.*',
      `$JS.API.STREAM.PURGE.${streams.blobs}`,
      ...follow(streams.jobs, 'job.repository.*.*'),
      `$JS.ACK.${streams.jobs}.>`,
      ...followEvents,
    ],
    subscribe: ['outcome.*.*', 'job.repository.*.*', 'job-ask.*', 'admin.repo-worker.*', live.serving],
    answers: true,
  },
  query: {
    meaning:
      'answers queries; has their words embedded, and what was just stored; no message of a stream is readable to it',
    publish: [
      'embed.interactive',
      'embed.fresh',
      'admin.vector-projector.probe',
      'admin.vector-projector.check',
      'admin.memory-projector.check',
      'awaited.memory.*',
    ],
    subscribe: ['query.*', 'progress.*.*', 'written.*.*', 'admin.query.*'],
    answers: true,
  },
  'code-query': {
    meaning: 'answers queries on code; no message of a stream is readable to it',
    publish: [
      'embed.interactive',
      'admin.vector-projector.probe',
      'admin.vector-projector.check',
      'admin.code-projector.check',
      'awaited.code.*',
    ],
    subscribe: ['code-query.*', 'progress.*.*', 'written.*.*', 'admin.code-query.*'],
    answers: true,
  },
  embedder: {
    meaning: 'answers with vectors',
    publish: ['admin.embedder.started'],
    subscribe: ['embed.*', 'admin.embedder.*'],
    answers: true,
  },
} as const satisfies Record<string, NatsUser>;

/** A service that has a NATS user of its own, of the same name. */
export type NatsUserName = keyof typeof table;

/**
 * The NATS users of the services: configuration and reference are made from it. A subject that is not listed is denied.
 * Whoever administers (`memlane up`, the CLI) is {@link NATS_OPERATOR}, who may do everything.
 */
export const natsUsers: Readonly<Record<NatsUserName, NatsUser>> = table;

/** The user without bounds: makes streams, backs up, restores, erases. */
export const NATS_OPERATOR = 'memlane';

/** Subjects, ready for the configuration of a server. */
export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  readonly answers: boolean;
}

/** Prefix of the subjects on which a user hears answers: its own, so that nobody else can listen to them. */
export function inboxPrefixOf(user: string): string {
  return `_INBOX_${user}`;
}

/** What a service's user may do in a log of so many partitions. */
export function permissionsOf(user: NatsUserName, partitions: number): NatsPermissions {
  const { publish, subscribe, answers } = natsUsers[user];
  return {
    publish: [...new Set([...everyone, ...publish])].flatMap((subject) => expand(subject, partitions)),
    subscribe: [`${inboxPrefixOf(user)}.>`, ...subscribe],
    answers,
  };
}

function expand(subject: string, partitions: number): string[] {
  if (!subject.includes('{p')) return [subject];
  return Array.from({ length: partitions }, (_, partition) =>
    subject.replaceAll('{pp}', pad(partition)).replaceAll('{p}', String(partition)),
  );
}
