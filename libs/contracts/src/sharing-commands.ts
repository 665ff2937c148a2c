import { z } from 'zod';
import * as field from './fields.js';
import { accesses, type Access } from './spaces.js';
import { OWNER_PATTERN } from './subjects.js';

/** Not a pattern: the tool list would carry it to every agent. */
const grantee = z.string().refine((id) => OWNER_PATTERN.test(id), { error: 'is not the id of a user or team' });

/** Payloads of the commands that say who may see what of an owner. */
export const sharingCommandPayloads = {
  'share-space': z.strictObject({
    tag: field.tag.describe('All memories with this tag are shared, now and later.'),
    with: grantee.describe(
      'Id of the user, who sees it as `you` in list_shares, or of a team. It is not told whether there is one: ' +
        'what is shared with an id is seen by whoever has it.',
    ),
    access: z.enum(accesses).default('read').describe('"write" includes reading.'),
  }),
  'unshare-space': z.strictObject({
    tag: field.tag,
    with: grantee.optional().describe('Whom to take it from; without it, everybody.'),
  }),
} as const;

/** What these commands answer when they are accepted. */
export interface SharingCommandResults {
  'share-space': { readonly space: string; readonly with: string; readonly access: Access; readonly changed: boolean };
  'unshare-space': { readonly space: string; readonly removed: readonly string[] };
}
