import type { Command, CommandPayload } from '@memlane/contracts';
import type { Decision, DecisionContext } from './decision.js';
import { decideDeleteMemories } from './memory/delete-memories.decide.js';
import type { MemoryFactsReader } from './memory/state.js';
import { decideStoreMemories } from './memory/store-memories.decide.js';
import { decideStoreMemory } from './memory/store-memory.decide.js';
import { decideUpdateMemory } from './memory/update-memory.decide.js';

/** What decisions can look at: the facts of one owner's aggregates. */
export interface OwnerFacts {
  readonly memory: MemoryFactsReader;
}

/** Decides a command on the facts of its owner. */
export function decide(
  facts: OwnerFacts,
  command: Pick<Command, 'type' | 'payload'>,
  context: DecisionContext,
): Decision<unknown> {
  // The gateway has checked the payload against the schema of its type.
  switch (command.type) {
    case 'store-memory':
      return decideStoreMemory(facts.memory, command.payload as CommandPayload<'store-memory'>, context);
    case 'store-memories':
      return decideStoreMemories(facts.memory, command.payload as CommandPayload<'store-memories'>, context);
    case 'update-memory':
      return decideUpdateMemory(facts.memory, command.payload as CommandPayload<'update-memory'>, context);
    case 'delete-memories':
      return decideDeleteMemories(facts.memory, command.payload as CommandPayload<'delete-memories'>, context);
  }
}
