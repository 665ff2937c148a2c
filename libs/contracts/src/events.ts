import { z } from 'zod';
import { accountEventTypes } from './account-events.js';
import type { EventIn } from './event-table.js';
import { memoryEventTypes } from './memory-events.js';
import { repoEventTypes } from './repo-events.js';
import { sharingEventTypes } from './sharing-events.js';
import { teamEventTypes } from './team-events.js';

/**
 * Newest version and schema of every event type, by aggregate. Events are facts, written once and read for ever: a
 * change of shape is a new version with an upcaster and a golden file.
 */
export const eventTypes = {
  ...memoryEventTypes,
  ...accountEventTypes,
  ...repoEventTypes,
  ...sharingEventTypes,
  ...teamEventTypes,
} as const;

export type EventType = keyof typeof eventTypes;

/** Union of all events at their newest version. */
export type DomainEvent = EventIn<typeof eventTypes>;

export type EventOf<T extends EventType> = Extract<DomainEvent, { type: T }>;

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
  /** Id of the user who wrote through a space, when that is not the owner. */
  by: z.string().optional(),
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
  readonly events: readonly (DomainEvent & { readonly id: string })[];
}
