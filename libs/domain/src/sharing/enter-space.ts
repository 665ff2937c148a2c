import { noSuchSpace, readOnlySpace, type ErrorBody, type Result, type SpaceEntry } from '@memlane/contracts';
import type { SharingFactsReader } from './state.js';

/** The space that a writer is kept to. */
export interface EnteredSpace {
  readonly tag: string;
  /** Whether the writer may put a memory of the space under a tag. */
  mayGive(tag: string): boolean;
}

/**
 * Judges whether a caller may write in a space of an owner, by what the owner shares at the moment of the decision.
 *
 * A tag is also what makes a memory part of another space: a writer gives none but those of spaces that he may write in,
 * and those below the space itself (`garden/roses` in `garden`). Which tags are shared with others makes no difference,
 * so that nobody finds that out by trying.
 */
export function enterSpace(
  { owner, sharing }: { readonly owner: string; readonly sharing: SharingFactsReader },
  { tag, caller, grantee }: SpaceEntry,
): Result<EnteredSpace, ErrorBody> {
  if (caller === owner) return { ok: true, value: { tag, mayGive: () => true } };
  const accesses = (of: string) => [caller, grantee].map((one) => sharing.share(of, one)?.access);
  const given = accesses(tag);
  if (!given.includes('write'))
    return { ok: false, error: given.includes('read') ? readOnlySpace('space') : noSuchSpace('space') };
  const mayGive = (other: string) => other.startsWith(`${tag}/`) || accesses(other).includes('write');
  return { ok: true, value: { tag, mayGive } };
}
