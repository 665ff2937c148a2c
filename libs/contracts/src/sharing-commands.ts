import { z } from 'zod';
import * as field from './fields.js';
import { accesses, type Access } from './spaces.js';

/** Payloads of the commands that say who may see what of an owner. */
export const sharingCommandPayloads = {
  'share-space': z.strictObject({
    tag: field.tag.describe('All memories with this tag are shared, now and later.'),
    with: field.owner.describe('Id of the user or team; users see theirs as `you` in list_shares.'),
    access: z
      .enum(accesses)
      .default('read')
      .describe('write: may also store, update and delete there. Replaces the access given before.'),
  }),
  'unshare-space': z.strictObject({
    tag: field.tag,
    with: field.owner.optional().describe('Whom to take it from; without it, from everybody.'),
  }),
} as const;

/** What these commands answer when they are accepted. */
export interface SharingCommandResults {
  'share-space': { readonly tag: string; readonly with: string; readonly access: Access; readonly changed: boolean };
  'unshare-space': { readonly tag: string; readonly removed: readonly string[] };
}
