import type { SharingEvent } from '@memlane/contracts';
import type { Share } from './state.js';

/** The share that an event is about, after it; `undefined` when there is none any more. */
export function evolveShare(event: SharingEvent): Share | undefined {
  if (event.type === 'space-unshared') return undefined;
  const { tag, grantee, access } = event.data;
  return { tag, grantee, access };
}
