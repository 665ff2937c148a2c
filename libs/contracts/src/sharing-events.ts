import { z } from 'zod';
import type { EventIn } from './event-table.js';

const access = z.enum(['read', 'write']);

const spaceShared = z.object({
  /** The space: the owner's memories with this tag. */
  tag: z.string(),
  /** Owner id of the user or team that gets access. */
  grantee: z.string(),
  /** Replaces the access that the grantee had; `write` includes reading. */
  access,
});

const spaceUnshared = z.object({ tag: z.string(), grantee: z.string() });

/** Newest version and schema of the events of an account that say who may see what of its owner. */
export const sharingEventTypes = {
  'space-shared': { version: 1, data: spaceShared },
  'space-unshared': { version: 1, data: spaceUnshared },
} as const;

/** What an owner has shared, or shares no more. */
export type SharingEvent = EventIn<typeof sharingEventTypes>;

export function isSharingEvent<E extends { readonly type: string }>(event: E): event is E & SharingEvent {
  return Object.hasOwn(sharingEventTypes, event.type);
}
