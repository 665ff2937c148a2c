import { fields, scopes, type Scope } from '@memlane/contracts';
import { z } from 'zod';

/** Who a request acts for, as proven by its key. */
export interface Credential {
  readonly owner: string;
  /** Id of the key: what an audit trail names. */
  readonly actor: string;
  /** Name that was given to the key, e.g. the device or program it was made for. */
  readonly client: string;
  readonly scopes: readonly Scope[];
}

/** What is kept of a key, under `key.<sha256 of the key>`. */
export const storedKey = z.object({
  id: z.string(),
  prefix: z.string(),
  owner: fields.owner,
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  created_at: z.string(),
  expires_at: z.string().optional(),
});
export type StoredKey = z.infer<typeof storedKey>;

/** Scopes of a key that is made without naming any: everything but administration. */
export const defaultScopes: readonly Scope[] = ['memory:read', 'memory:write', 'code:read', 'code:write'];

/** The credential of a kept key at a time; `undefined` when it has expired by then. */
export function credentialOf(key: StoredKey, now: Date): Credential | undefined {
  if (key.expires_at !== undefined && Date.parse(key.expires_at) <= now.getTime()) return undefined;
  return { owner: key.owner, actor: key.id, client: key.name, scopes: key.scopes };
}

/** Whether a credential may do what asks for a scope; `admin` implies every other. */
export function allows(credential: Credential, scope: Scope): boolean {
  return credential.scopes.includes(scope) || credential.scopes.includes('admin');
}
