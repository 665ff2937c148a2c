import type { CommandPayload, CommandResults, EventOf } from '@memlane/contracts';
import type { Decision, DecisionContext } from '../decision.js';
import { evolve } from './evolve.js';
import { hashContent } from './fingerprints.js';
import { newMemoryEvent, refuseNewMemory } from './new-memory-event.js';
import { notApplied } from './not-applied.js';
import type { MemoryFacts, MemoryFactsReader } from './state.js';

type Result = CommandResults['store-memories'];

/** Stores many memories, each with its own outcome; the same content twice in one call is one memory. */
export function decideStoreMemories(
  facts: MemoryFactsReader,
  payload: CommandPayload<'store-memories'>,
  context: DecisionContext,
): Decision<Result> {
  const events: EventOf<'memory-stored'>[] = [];
  const storedHere = new Map<string, MemoryFacts>();
  const results: Result['results'][number][] = [];
  for (const { index, memory } of payload.items) {
    const error = refuseNewMemory(memory, context);
    if (error) {
      results.push({ index, error });
      continue;
    }
    const hash = hashContent(memory.content);
    const existing = storedHere.get(hash) ?? facts.byContentHash(hash, context.now);
    if (existing) {
      results.push({ index, id: existing.id, created: false, ...notApplied(existing, memory) });
      continue;
    }
    const event = newMemoryEvent(memory, context);
    events.push(event);
    const stored = evolve(undefined, event, context.now);
    if (stored) storedHere.set(hash, stored);
    results.push({ index, id: event.data.id, created: true });
  }
  return events.length > 0 ? { kind: 'append', events, result: { results } } : { kind: 'quiet', result: { results } };
}
