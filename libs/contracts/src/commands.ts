import { z } from 'zod';
import { accountCommandPayloads, type AccountCommandResults } from './account-commands.js';
import type { ErrorBody } from './errors.js';
import * as field from './fields.js';
import { limit } from './limits.js';
import { repoCommandPayloads, type RepoCommandResults } from './repo-commands.js';
import { sharingCommandPayloads, type SharingCommandResults } from './sharing-commands.js';
import type { SpaceEntry } from './spaces.js';
import { teamCommandPayloads, type TeamCommandResults } from './team-commands.js';

/** What a caller may say about a new memory. */
export const newMemory = z.strictObject({
  content: field.content,
  type: field.type.optional(),
  tags: field.tags.optional(),
  metadata: field.metadata.optional(),
  conversation_id: field.conversationId.optional(),
  expires_at: field.timestamp.optional().describe('When it stops being found, ISO 8601.'),
});
export type NewMemory = z.infer<typeof newMemory>;

const updateMemory = z.strictObject({
  id: field.memoryId,
  content: field.content.optional(),
  type: field.type.nullable().optional().describe('New type; null clears it.'),
  tags: field.tags.optional().describe('Replaces all tags.'),
  metadata: field.metadata.optional().describe('Replaces all metadata.'),
  expires_at: field.timestamp.nullable().optional().describe('New expiry; null clears it.'),
  expected_version: z.int().min(1).optional().describe('Refuse the update when the memory is at another version.'),
});

const deleteMemories = z.strictObject({
  ids: z.array(field.memoryId).min(1).max(limit('ids_per_call')).optional(),
  tags: field.tags.min(1).optional(),
  tags_match: z.enum(['any', 'all']).optional().describe('Whether any (default) or all of the tags must be there.'),
  after: field.timestamp.optional().describe('Only memories created at or after this time.'),
  before: field.timestamp.optional().describe('Only memories created before this time.'),
  dry_run: z.boolean().optional().describe('Say what would be deleted and change nothing.'),
});

/** Payload of every command type. Validated once, at the gateway; the handler trusts it. */
export const commandPayloads = {
  'store-memory': newMemory,
  /** `index` is the caller's, so that a call that was cut into several commands answers as one. */
  'store-memories': z.strictObject({
    items: z
      .array(z.strictObject({ index: z.int(), memory: newMemory }))
      .min(1)
      .max(limit('memories_per_call')),
  }),
  'update-memory': updateMemory,
  'delete-memories': deleteMemories,
  ...accountCommandPayloads,
  ...repoCommandPayloads,
  ...sharingCommandPayloads,
  ...teamCommandPayloads,
} as const;

export type CommandType = keyof typeof commandPayloads;
export type CommandPayload<T extends CommandType> = z.infer<(typeof commandPayloads)[T]>;

/** Fields of a new memory that one with the same content may have otherwise. */
export const notAppliedFields = ['type', 'tags', 'metadata', 'expires_at'] as const;
export type NotApplied = (typeof notAppliedFields)[number];

interface StoredMemory {
  readonly id: string;
  readonly created: boolean;
  readonly not_applied?: readonly NotApplied[];
}

/** What each command answers when it is accepted. */
export interface CommandResults
  extends AccountCommandResults, RepoCommandResults, SharingCommandResults, TeamCommandResults {
  'store-memory': StoredMemory & { readonly version: number };
  'store-memories': {
    readonly results: readonly (
      (StoredMemory & { readonly index: number }) | { readonly index: number; readonly error: ErrorBody }
    )[];
  };
  'update-memory': { readonly id: string; readonly version: number };
  'delete-memories': { readonly deleted: number; readonly ids: readonly string[]; readonly dry_run: boolean };
}

export const COMMAND_VERSION = 1;

/** One message of a command stream. */
export interface Command<T extends CommandType = CommandType> {
  readonly v: typeof COMMAND_VERSION;
  /** The same for every repetition of one request: derived from the idempotency key, or random without one. */
  readonly commandId: string;
  readonly fingerprint: string;
  readonly owner: string;
  readonly actor: string;
  readonly client: string;
  /** When the gateway accepted the request, ISO 8601 UTC. */
  readonly issuedAt: string;
  readonly correlationId: string;
  /** Of a command on memories that goes through a space; without it, the owner's own. */
  readonly through?: SpaceEntry;
  readonly type: T;
  readonly payload: CommandPayload<T>;
}

/** What became of a command. */
export type Outcome =
  | {
      readonly status: 'accepted';
      readonly commandId: string;
      readonly fingerprint: string;
      readonly result: unknown;
      /** Wire form of the position that includes this command's effect. */
      readonly position: string;
    }
  | {
      readonly status: 'rejected';
      readonly commandId: string;
      readonly fingerprint: string;
      readonly error: ErrorBody;
      readonly position: string;
    };
