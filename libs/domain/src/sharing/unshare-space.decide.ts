import { formatSpace, type CommandPayload, type CommandResults, type EventOf } from '@memlane/contracts';
import type { Decision } from '../decision.js';
import type { SharingFactsReader } from './state.js';

/** Takes a space back from one user or team, or from everybody. What nobody has is taken from nobody. */
export function decideUnshareSpace(
  { owner, sharing }: { readonly owner: string; readonly sharing: SharingFactsReader },
  { tag, with: one }: CommandPayload<'unshare-space'>,
): Decision<CommandResults['unshare-space']> {
  const removed = sharing
    .sharesOf(tag)
    .map(({ grantee }) => grantee)
    .filter((grantee) => one === undefined || grantee === one);
  const result = { space: formatSpace({ owner, tag }), removed };
  if (removed.length === 0) return { kind: 'quiet', result };
  const events = removed.map((grantee): EventOf<'space-unshared'> => ({
    type: 'space-unshared',
    data: { tag, grantee },
  }));
  return { kind: 'append', events, result };
}
