import { formatSpace, OWN_SPACE } from '@memlane/contracts';
import type { MemoryFilter, ReadScope } from '@memlane/read-model';
import type { Standing } from './freshness.js';

/** One owner's memories that a read looks into: the caller's own, or those of somebody else that were shared. */
export interface Source {
  readonly owner: string;
  readonly standing: Standing;
  /** Tags that the owner shares with the caller and that the read named; `undefined`: all memories, they are the caller's. */
  readonly within: readonly string[] | undefined;
  /** Of somebody else's memories: the teams that any of the tags is shared with, and where their read models stand. */
  readonly teams?: readonly ReachedTeam[];
}

export interface ReachedTeam {
  readonly team: string;
  readonly standing: Standing;
}

export function scopeOf({ owner, within }: Source, filter: MemoryFilter, now: Date): ReadScope {
  return { owner, filter, within, now: now.toISOString() };
}

/** Marks a memory with the space that it was found in, when the read named spaces. */
export function placeIn<M extends { readonly tags: readonly string[] }>(
  input: { readonly spaces?: readonly string[] | undefined },
  { owner, within }: Source,
  memory: M,
): M & { space?: string } {
  if (!input.spaces) return memory;
  const tag = within?.find((one) => memory.tags.includes(one));
  return { ...memory, space: tag === undefined ? OWN_SPACE : formatSpace({ owner, tag }) };
}
