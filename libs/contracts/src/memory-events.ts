import { z } from 'zod';
import type { EventIn } from './event-table.js';

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

/** Newest version and schema of the events of the memory aggregate. */
export const memoryEventTypes = {
  'memory-stored': { version: 1, data: memoryStored },
  'memory-updated': { version: 1, data: memoryUpdated },
  'memories-deleted': { version: 1, data: memoriesDeleted },
} as const;

/** What happened to an owner's memories. */
export type MemoryEvent = EventIn<typeof memoryEventTypes>;

export function isMemoryEvent<E extends { readonly type: string }>(event: E): event is E & MemoryEvent {
  return Object.hasOwn(memoryEventTypes, event.type);
}
