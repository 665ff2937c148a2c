import { z } from 'zod';
import type { EventIn } from './event-table.js';
import { keySecret } from './key-secret.js';

const accountCreated = z.object({});

const keyCreated = z.object({
  id: z.string(),
  /** What the key was made for, e.g. the device or program. */
  name: z.string(),
  scopes: z.array(z.string()),
  expires_at: z.string().nullable(),
  secret: keySecret,
});

const keyRotated = z.object({
  id: z.string(),
  secret: keySecret,
  /** Until when the secret before this one works too; null: no longer. */
  previous_until: z.string().nullable(),
});

const keyRevoked = z.object({ id: z.string() });

/** Newest version and schema of the events of an account's keys. */
export const accountEventTypes = {
  'account-created': { version: 1, data: accountCreated },
  'key-created': { version: 1, data: keyCreated },
  'key-rotated': { version: 1, data: keyRotated },
  'key-revoked': { version: 1, data: keyRevoked },
} as const;

/** What happened to an owner's account and its keys. */
export type AccountEvent = EventIn<typeof accountEventTypes>;

export function isAccountEvent<E extends { readonly type: string }>(event: E): event is E & AccountEvent {
  return Object.hasOwn(accountEventTypes, event.type);
}
