import { errorBody, type ErrorBody, type EventOf, type NewMemory } from '@memlane/contracts';
import type { DecisionContext } from '../decision.js';
import { hashContent } from './fingerprints.js';
import { refuseTags, tagsIn } from './within-space.js';

/** The event that stores a memory. */
export function newMemoryEvent(memory: NewMemory, { newId, space }: DecisionContext): EventOf<'memory-stored'> {
  return {
    type: 'memory-stored',
    data: {
      id: newId(),
      content: memory.content,
      content_hash: hashContent(memory.content),
      type: memory.type ?? null,
      tags: tagsIn(space, memory.tags ?? []),
      metadata: memory.metadata ?? {},
      conversation_id: memory.conversation_id ?? null,
      expires_at: memory.expires_at ?? null,
    },
  };
}

/** What is wrong with a new memory beyond its form. */
export function refuseNewMemory(memory: NewMemory, { now, space }: DecisionContext): ErrorBody | undefined {
  return refusePastExpiry(memory.expires_at, now) ?? refuseTags(space, memory.tags);
}

/** An expiry that is over already is a mistake of the caller, not a wish. */
export function refusePastExpiry(expiresAt: string | null | undefined, now: string): ErrorBody | undefined {
  if (expiresAt === undefined || expiresAt === null || expiresAt > now) return undefined;
  return errorBody('MEMLANE_ERR_INVALID_INPUT', 'expires_at: is in the past', { field: 'expires_at' });
}
