import type { Command, CommandPayload } from '@memlane/contracts';
import type { Decision, DecisionContext } from './decision.js';
import { decideDeleteMemories } from './delete-memories.decide.js';
import type { MemoryFactsReader } from './state.js';
import { decideStoreMemories } from './store-memories.decide.js';
import { decideStoreMemory } from './store-memory.decide.js';
import { decideUpdateMemory } from './update-memory.decide.js';

/** Decides a command on the memory aggregate. */
export function decide(
  facts: MemoryFactsReader,
  command: Pick<Command, 'type' | 'payload'>,
  context: DecisionContext,
): Decision<unknown> {
  // The gateway has checked the payload against the schema of its type.
  switch (command.type) {
    case 'store-memory':
      return decideStoreMemory(facts, command.payload as CommandPayload<'store-memory'>, context);
    case 'store-memories':
      return decideStoreMemories(facts, command.payload as CommandPayload<'store-memories'>, context);
    case 'update-memory':
      return decideUpdateMemory(facts, command.payload as CommandPayload<'update-memory'>, context);
    case 'delete-memories':
      return decideDeleteMemories(facts, command.payload as CommandPayload<'delete-memories'>, context);
  }
}
