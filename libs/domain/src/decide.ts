import { aggregateOf, type Command, type CommandPayload } from '@memlane/contracts';
import { decideCreateKey } from './account/create-key.decide.js';
import { decideRevokeKey } from './account/revoke-key.decide.js';
import { decideRotateKey } from './account/rotate-key.decide.js';
import type { AccountFactsReader } from './account/state.js';
import type { Decision, DecisionContext } from './decision.js';
import { decideDeleteMemories } from './memory/delete-memories.decide.js';
import type { MemoryFactsReader } from './memory/state.js';
import { decideStoreMemories } from './memory/store-memories.decide.js';
import { decideStoreMemory } from './memory/store-memory.decide.js';
import { decideUpdateMemory } from './memory/update-memory.decide.js';
import { withinTag } from './memory/within-space.js';
import { decideAutoSync, decideSetAutoSync, decideWantSync } from './repo/auto-sync.decide.js';
import { decideCancelSync, decideRemoveRepository } from './repo/end-sync.decide.js';
import {
  decideCompleteSync,
  decideFailSync,
  decidePlanSync,
  decideRecordFiles,
  decideStartSync,
} from './repo/report-sync.decide.js';
import type { RepoFactsReader } from './repo/state.js';
import { decideRetrySync, decideSyncRepository } from './repo/sync-repository.decide.js';
import { enterSpace } from './sharing/enter-space.js';
import { decideShareSpace } from './sharing/share-space.decide.js';
import type { SharingFactsReader } from './sharing/state.js';
import { decideUnshareSpace } from './sharing/unshare-space.decide.js';
import { decideAddTeamMember, decideRemoveTeamMember } from './team/change-members.decide.js';
import { decideCreateTeam } from './team/create-team.decide.js';
import type { TeamFactsReader } from './team/state.js';

/** What decisions can look at: the facts of one owner's aggregates. */
export interface OwnerFacts {
  readonly owner: string;
  readonly memory: MemoryFactsReader;
  readonly account: AccountFactsReader;
  readonly repo: RepoFactsReader;
  readonly sharing: SharingFactsReader;
  readonly team: TeamFactsReader;
}

/** What of a command a decision depends on. */
export type DecidedCommand = Pick<Command, 'type' | 'payload' | 'through'>;

/** Decides a command on the facts of its owner; one that goes through a space sees and changes nothing beside it. */
export function decide(
  facts: OwnerFacts,
  command: DecidedCommand,
  context: Omit<DecisionContext, 'space'>,
): Decision<unknown> {
  if (!command.through) return decideOn(facts, command, context);
  if (aggregateOf(command) !== 'memory') throw new Error('only memories are reached through a space');
  const entered = enterSpace(facts, command.through);
  if (!entered.ok) return { kind: 'rejected', error: entered.error };
  const space = entered.value;
  return decideOn({ ...facts, memory: withinTag(facts.memory, space.tag) }, command, { ...context, space });
}

function decideOn(facts: OwnerFacts, command: DecidedCommand, context: DecisionContext): Decision<unknown> {
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
    case 'create-key':
      return decideCreateKey(facts, command.payload as CommandPayload<'create-key'>, context);
    case 'rotate-key':
      return decideRotateKey(facts.account, command.payload as CommandPayload<'rotate-key'>, context);
    case 'revoke-key':
      return decideRevokeKey(facts.account, command.payload as CommandPayload<'revoke-key'>);
    case 'sync-repository':
      return decideSyncRepository(facts.repo, command.payload as CommandPayload<'sync-repository'>, context);
    case 'retry-sync':
      return decideRetrySync(facts.repo, command.payload as CommandPayload<'retry-sync'>, context);
    case 'auto-sync':
      return decideAutoSync(facts.repo, command.payload as CommandPayload<'auto-sync'>, context);
    case 'set-auto-sync':
      return decideSetAutoSync(facts.repo, command.payload as CommandPayload<'set-auto-sync'>);
    case 'want-sync':
      return decideWantSync(facts.repo, command.payload as CommandPayload<'want-sync'>);
    case 'start-sync':
      return decideStartSync(facts.repo, command.payload as CommandPayload<'start-sync'>);
    case 'plan-sync':
      return decidePlanSync(facts.repo, command.payload as CommandPayload<'plan-sync'>);
    case 'record-files':
      return decideRecordFiles(facts.repo, command.payload as CommandPayload<'record-files'>);
    case 'complete-sync':
      return decideCompleteSync(facts.repo, command.payload as CommandPayload<'complete-sync'>);
    case 'fail-sync':
      return decideFailSync(facts.repo, command.payload as CommandPayload<'fail-sync'>);
    case 'cancel-sync':
      return decideCancelSync(facts.repo, command.payload as CommandPayload<'cancel-sync'>);
    case 'remove-repository':
      return decideRemoveRepository(facts.repo, command.payload as CommandPayload<'remove-repository'>);
    case 'share-space':
      return decideShareSpace(facts, command.payload as CommandPayload<'share-space'>);
    case 'unshare-space':
      return decideUnshareSpace(facts, command.payload as CommandPayload<'unshare-space'>);
    case 'create-team':
      return decideCreateTeam(facts);
    case 'add-team-member':
      return decideAddTeamMember(facts, command.payload as CommandPayload<'add-team-member'>);
    case 'remove-team-member':
      return decideRemoveTeamMember(facts, command.payload as CommandPayload<'remove-team-member'>);
  }
}
