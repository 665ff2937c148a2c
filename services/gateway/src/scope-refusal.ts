import { allows, type Credential } from '@memlane/auth';
import { memlaneError, scopeOfChanges, type MemlaneError, type Scope } from '@memlane/contracts';

/** The refusal of a credential that lacks a scope. */
export function lacksScope(scope: Scope): MemlaneError {
  return memlaneError('MEMLANE_ERR_FORBIDDEN', `the key lacks the scope ${scope}`, { details: { scope } });
}

/** Whether there are changes that a credential may hear of. */
export function mayHearChanges(credential: Credential): boolean {
  return Object.values(scopeOfChanges).some((scope) => allows(credential, scope));
}
