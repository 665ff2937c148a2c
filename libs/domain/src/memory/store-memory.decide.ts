import type { CommandPayload, CommandResults } from '@memlane/contracts';
import type { Decision, DecisionContext } from '../decision.js';
import { hashContent } from './fingerprints.js';
import { newMemoryEvent, refuseNewMemory } from './new-memory-event.js';
import { notApplied } from './not-applied.js';
import type { MemoryFactsReader } from './state.js';

/** Stores a memory, or answers with the one that has the same content already. */
export function decideStoreMemory(
  facts: MemoryFactsReader,
  payload: CommandPayload<'store-memory'>,
  context: DecisionContext,
): Decision<CommandResults['store-memory']> {
  const error = refuseNewMemory(payload, context);
  if (error) return { kind: 'rejected', error };
  const existing = facts.byContentHash(hashContent(payload.content), context.now);
  if (existing) {
    const { id, version } = existing;
    return { kind: 'quiet', result: { id, created: false, version, ...notApplied(existing, payload) } };
  }
  const event = newMemoryEvent(payload, context);
  return { kind: 'append', events: [event], result: { id: event.data.id, created: true, version: 1 } };
}
