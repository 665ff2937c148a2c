import { z } from 'zod';
import * as field from './fields.js';
import { keySecret } from './key-secret.js';
import { limit } from './limits.js';
import { scopes } from './scopes.js';

const keyId = field.text('id_chars').describe('The id of a key, as listed.');

/** What a caller may say about a new key. */
export const newKey = z.strictObject({
  owner: field.owner,
  name: field.text('key_name_chars'),
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length).optional(),
  expires_at: field.timestamp.optional(),
});

/** How long the secret before a rotation goes on working. */
export const overlapSeconds = z.int().min(0).max(limit('key_overlap_seconds'));

/**
 * Payloads of the commands on an account. Whoever issues them has made the key and hashed it: its text is in no message.
 */
export const accountCommandPayloads = {
  'create-key': z.strictObject({
    id: keyId,
    name: field.text('key_name_chars'),
    scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
    expires_at: field.timestamp.nullable(),
    secret: keySecret,
  }),
  'rotate-key': z.strictObject({ id: keyId, secret: keySecret, overlap_seconds: overlapSeconds }),
  'revoke-key': z.strictObject({ id: keyId }),
} as const;

export type AccountCommandType = keyof typeof accountCommandPayloads;

export interface AccountCommandResults {
  'create-key': { readonly id: string };
  /** `previous_until`: when the secret before this one stops working; null: it has. */
  'rotate-key': { readonly id: string; readonly previous_until: string | null };
  'revoke-key': { readonly id: string };
}
