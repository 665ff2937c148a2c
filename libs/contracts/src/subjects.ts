/** Two digits, so that streams and files sort by partition. */
export function pad(partition: number): string {
  return String(partition).padStart(2, '0');
}

/** Streams of the log (architecture §3). */
export const streams = {
  commands: (partition: number) => `CMD_${pad(partition)}`,
  events: (partition: number) => `EVT_${pad(partition)}`,
  outcomes: 'OUT',
  dlq: 'DLQ',
  blobs: 'BLOB',
  jobs: 'JOB',
} as const;

/** The durable pull consumer that command handlers share on each command stream. */
export const COMMAND_CONSUMER = 'command-handler';

/** Key-value buckets. */
export const buckets = {
  /** `config` (partitions, log version), `plans`, `plan.<owner>` (name of the plan), `erased.<owner>`. */
  memlane: 'memlane',
  /** `used.<key id>`: when it was last used. `key.<sha256>`: keys of before accounts were events, until they are. */
  keys: 'memlane-keys',
} as const;

/** Entry of the bucket `memlane`: the secret that seals the ids of MCP sessions, shared by all gateways. */
export const SESSION_SECRET = 'session-secret';

/** Entry of the bucket `memlane`: what the addresses and secrets of webhooks are made from, shared by all gateways. */
export const WEBHOOK_SECRET = 'webhook-secret';

/** Subjects that are stored in streams. */
export const subjects = {
  command: (partition: number, owner: string, type: string) => `cmd.${partition}.${owner}.${type}`,
  event: (partition: number, owner: string, aggregate: string) => `evt.${partition}.${owner}.${aggregate}`,
  outcome: (partition: number, commandId: string) => `out.${partition}.${commandId}`,
  dlq: (source: string, partition: number, owner: string) => `dlq.${source}.${partition}.${owner}`,
  job: (kind: string, partition: number | '*', owner: string) => `job.${kind}.${partition}.${owner}`,
  /** @param store a part of the owner's blobs that goes as a whole, e.g. those of one repository */
  blob: (partition: number, owner: string, store: string, sha256: string) =>
    `blob.${partition}.${owner}.${store}.${sha256}`,
} as const;

/** Subject filters of the streams. */
export const streamSubjects = {
  commands: (partition: number) => `cmd.${partition}.>`,
  events: (partition: number) => `evt.${partition}.>`,
  outcomes: 'out.>',
  dlq: 'dlq.>',
  blobs: 'blob.>',
  jobs: 'job.>',
} as const;

/** Core NATS subjects: requests and notifications that are never stored. */
export const live = {
  /** Where a gateway hears the outcomes of its commands; the whole subject travels in `Memlane-Reply-To`. */
  outcome: (gateway: string, commandId: string) => `outcome.${gateway}.${commandId}`,
  outcomes: (gateway: string) => `outcome.${gateway}.*`,
  /**
   * Published by a command handler before the outcome of an accepted command; the body is its position. Whoever was told
   * the outcome and reads then finds every query process told already, whichever gateway it goes through.
   */
  written: (kind: string, owner: string) => `written.${kind}.${owner}`,
  writtenAll: (kind: string) => `written.${kind}.*`,
  /** Published by a gateway whose client has ended its MCP session; the body is the session's id. */
  sessionEnded: 'session.ended',
  /** Published by a gateway for the others: what an MCP session listens to from now on, or no longer. */
  sessionSubscription: 'session.subscription',
  /** Request to the query service, e.g. `query.search-memories`. */
  query: (name: string) => `query.${name}`,
  queries: 'query.*',
  /** Request to the code query service, e.g. `code-query.search-code`. */
  codeQuery: (name: string) => `code-query.${name}`,
  codeQueries: 'code-query.*',
  /** Request to the embedder: `embed.interactive` (a search waits) or `embed.bulk` (the vector projector). */
  embed: (lane: EmbedLane) => `embed.${lane}`,
  /** Published by a projector after each batch; see {@link ProgressNotice}. */
  progress: (projection: string, partition: number) => `progress.${projection}.${partition}`,
  progressAll: (projection: string) => `progress.${projection}.*`,
  /**
   * Published by a query process for a projector: a read waits for a sequence (the body) of a partition, which is not to
   * be kept until others can be written together with it.
   */
  awaited: (projection: string, partition: number) => `awaited.${projection}.${partition}`,
  awaitedAll: (projection: string) => `awaited.${projection}.*`,
  /** What users did at one gateway, for the limits that hold over all of them; also its sign of life. */
  use: 'limits.use',
  /** Request of a gateway that has just started: what users did lately. */
  useSnapshot: 'limits.snapshot',
  /**
   * Published by a gateway while it serves people's memories, ten times a second at most, without a body: long work goes
   * slower meanwhile.
   */
  serving: 'serving',
  /** How far the running jobs of an owner are; see {@link JobProgress}. */
  jobProgress: (owner: string) => `job-progress.${owner}`,
  /** Request to the worker that runs a job, answered with its {@link JobProgress}. */
  job: (jobId: string) => `job-ask.${jobId}`,
  /** Request to one service: `admin.<service>.<verb>` (`status`, `rebuild`, `check`). */
  admin: (service: string, verb: string) => `admin.${service}.${verb}`,
} as const;

/**
 * Lanes of the embedder, by whose turn comes first: queries, which somebody waits for; a few memories that were just
 * stored; memories in bulk; code.
 */
export const embedLanes = ['interactive', 'fresh', 'bulk', 'code'] as const;

export type EmbedLane = (typeof embedLanes)[number];

/** Queue groups: one member answers. */
export const queueGroups = {
  query: 'query',
  codeQuery: 'code-query',
  embedder: 'embedder',
  gateway: 'gateway',
} as const;

/** Body of a progress notification (JSON). */
export interface ProgressNotice {
  /** Generation of the read model, e.g. 1 for `v1`. */
  readonly generation: number;
  readonly partition: number;
  /** Stream epoch, see `epochOf`. */
  readonly epoch: string;
  /** Last sequence that is applied and committed. */
  readonly seq: number;
  /** Commits that are in the stream and not applied yet, as the consumer knew it. */
  readonly pending: number;
}

/** An owner is an opaque token that is safe in a subject, a file and a collection name. */
export const OWNER_PATTERN = /^[a-z0-9_-]{1,64}$/;
