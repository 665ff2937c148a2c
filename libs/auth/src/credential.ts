import { scopes, type Scope } from '@memlane/contracts';
import { isKeyExpired, type ApiKey } from '@memlane/domain';

/** Who a request acts for, as proven by its key. */
export interface Credential {
  readonly owner: string;
  /** Id of the key: what an audit trail names. */
  readonly actor: string;
  /** Name that was given to the key, e.g. the device or program it was made for. */
  readonly client: string;
  readonly scopes: readonly Scope[];
}

/** Scopes of a key that is made without naming any: everything but administration. */
export const defaultScopes: readonly Scope[] = ['memory:read', 'memory:write', 'code:read', 'code:write'];

/** The credential that a key stands for at a time; `undefined` when it has expired by then. */
export function credentialOf(owner: string, key: ApiKey, now: Date): Credential | undefined {
  if (isKeyExpired(key, now.toISOString())) return undefined;
  return { owner, actor: key.id, client: key.name, scopes: scopes.filter((scope) => key.scopes.includes(scope)) };
}

/** Whether a credential may do what asks for a scope; `admin` implies every other. */
export function allows(credential: Credential, scope: Scope): boolean {
  return credential.scopes.includes(scope) || credential.scopes.includes('admin');
}
