import type { SharingEvent } from '@memlane/contracts';
import { evolveShare } from './evolve.js';
import type { Share, SharingFactsReader } from './state.js';

/** The shares after a history, by `evolveShare` alone. */
export function sharesAfter(history: readonly SharingEvent[]): SharingFactsReader {
  const all = new Map<string, Share>();
  for (const event of history) {
    const key = keyOf(event.data.tag, event.data.grantee);
    const share = evolveShare(event);
    if (share) all.set(key, share);
    else all.delete(key);
  }
  return {
    share: (tag, grantee) => all.get(keyOf(tag, grantee)),
    sharesOf: (tag) => [...all.values()].filter((share) => share.tag === tag),
    count: () => all.size,
  };
}

function keyOf(tag: string, grantee: string): string {
  return `${grantee}/${tag}`;
}

export function shared(tag: string, grantee: string, access: Share['access'] = 'read'): SharingEvent {
  return { type: 'space-shared', data: { tag, grantee, access } };
}

export function unshared(tag: string, grantee: string): SharingEvent {
  return { type: 'space-unshared', data: { tag, grantee } };
}
