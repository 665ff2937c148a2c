import { errorBody, formatSpace, limit, type CommandPayload, type CommandResults } from '@memlane/contracts';
import type { Decision } from '../decision.js';
import type { SharingFactsReader } from './state.js';

/** Shares a space, or changes the access. Whether the other user exists is not looked at: nobody learns it this way. */
export function decideShareSpace(
  { owner, sharing }: { readonly owner: string; readonly sharing: SharingFactsReader },
  { tag, with: grantee, access }: CommandPayload<'share-space'>,
): Decision<CommandResults['share-space']> {
  if (grantee === owner)
    return {
      kind: 'rejected',
      error: errorBody('MEMLANE_ERR_INVALID_INPUT', 'with: is yourself', { field: 'with' }),
    };
  const known = sharing.share(tag, grantee);
  const result = { space: formatSpace({ owner, tag }), with: grantee, access };
  if (known?.access === access) return { kind: 'quiet', result: { ...result, changed: false } };
  const max = limit('shares_per_user');
  if (!known && sharing.count() >= max)
    return {
      kind: 'rejected',
      error: errorBody('MEMLANE_ERR_TOO_MANY_SHARES', undefined, { limit: max }),
    };
  return {
    kind: 'append',
    events: [{ type: 'space-shared', data: { tag, grantee, access } }],
    result: { ...result, changed: true },
  };
}
