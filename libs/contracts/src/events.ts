import { z } from 'zod';

/**
 * Events are facts, written once and read for ever. A change of shape is a new version with an upcaster and a golden
 * file; the schemas here are the newest version of each.
 */
const memoryStored = z.object({
  id: z.string(),
  content: z.string(),
  /** sha256 of the white-space-normalised content, hex. */
  content_hash: z.string(),
  type: z.string().nullable(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.unknown()),
  conversation_id: z.string().nullable(),
  expires_at: z.string().nullable(),
});

const memoryUpdated = z.object({
  id: z.string(),
  /** The version that this update makes. */
  version: z.int(),
  /** Only what changed; null clears `type` and `expires_at`. */
  changes: z.object({
    content: z.string().optional(),
    content_hash: z.string().optional(),
    type: z.string().nullable().optional(),
    tags: z.array(z.string()).optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    expires_at: z.string().nullable().optional(),
  }),
});

const memoriesDeleted = z.object({ ids: z.array(z.string()) });

/** Newest version and schema of every event type. */
export const eventTypes = {
  'memory-stored': { version: 1, data: memoryStored },
  'memory-updated': { version: 1, data: memoryUpdated },
  'memories-deleted': { version: 1, data: memoriesDeleted },
} as const;

export type EventType = keyof typeof eventTypes;

/** Union of all events at their newest version. */
export type MemoryEvent = {
  [T in EventType]: { readonly type: T; readonly data: z.infer<(typeof eventTypes)[T]['data']> };
}[EventType];

export type EventOf<T extends EventType> = Extract<MemoryEvent, { type: T }>;

/** Version of the commit envelope. */
export const COMMIT_VERSION = 1;

/** One message of an event stream: everything that one command changed, all or nothing. */
export const commitSchema = z.object({
  v: z.literal(COMMIT_VERSION),
  commandId: z.string(),
  /** sha256 of type and payload of the command, hex: tells a repeated command from a different one with the same key. */
  fingerprint: z.string(),
  owner: z.string(),
  actor: z.string(),
  client: z.string(),
  /** When it was decided, ISO 8601 UTC. */
  at: z.string(),
  correlationId: z.string(),
  events: z.array(z.object({ id: z.string(), type: z.string(), v: z.int(), data: z.unknown() })).min(1),
  /** What the caller was told, kept so that a repeated command gets the same answer. */
  result: z.unknown(),
});

/** The commit as it lies in the stream; its events may be of older versions. */
export type StoredCommit = z.infer<typeof commitSchema>;

/** The commit as projections and deciders see it: events upcast to the newest version. */
export interface Commit extends Omit<StoredCommit, 'events'> {
  readonly events: readonly (MemoryEvent & { readonly id: string })[];
}
