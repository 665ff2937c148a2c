import { errorBody, type ErrorBody, type EventOf, type NewMemory } from '@memlane/contracts';
import type { DecisionContext } from '../decision.js';
import { hashContent, normaliseTags } from './fingerprints.js';

/** The event that stores a memory. */
export function newMemoryEvent(memory: NewMemory, { newId }: DecisionContext): EventOf<'memory-stored'> {
  return {
    type: 'memory-stored',
    data: {
      id: newId(),
      content: memory.content,
      content_hash: hashContent(memory.content),
      type: memory.type ?? null,
      tags: normaliseTags(memory.tags ?? []),
      metadata: memory.metadata ?? {},
      conversation_id: memory.conversation_id ?? null,
      expires_at: memory.expires_at ?? null,
    },
  };
}

/** An expiry that is over already is a mistake of the caller, not a wish. */
export function refusePastExpiry(expiresAt: string | null | undefined, now: string): ErrorBody | undefined {
  if (expiresAt === undefined || expiresAt === null || expiresAt > now) return undefined;
  return errorBody('MEMLANE_ERR_INVALID_INPUT', 'expires_at: is in the past', { field: 'expires_at' });
}
