import {
  errorBody,
  isTeam,
  limit,
  type AccountEvent,
  type CommandPayload,
  type CommandResults,
} from '@memlane/contracts';
import type { Decision, DecisionContext } from '../decision.js';
import type { AccountFactsReader } from './state.js';

/** Adds a key to an account; the first one makes the account. */
export function decideCreateKey(
  { owner, account }: { readonly owner: string; readonly account: AccountFactsReader },
  { id, name, scopes, expires_at, secret }: CommandPayload<'create-key'>,
  { now }: DecisionContext,
): Decision<CommandResults['create-key']> {
  const known = account.key(id);
  if (known) {
    return known.secret.prefix === secret.prefix
      ? { kind: 'quiet', result: { id } }
      : { kind: 'rejected', error: errorBody('MEMLANE_ERR_CONFLICT', undefined, { field: 'id' }) };
  }
  if (isTeam(owner) && !account.exists())
    return {
      kind: 'rejected',
      error: errorBody('MEMLANE_ERR_INVALID_INPUT', 'owner: is the id of a team', { field: 'owner' }),
    };
  if (expires_at !== null && expires_at <= now)
    return {
      kind: 'rejected',
      error: errorBody('MEMLANE_ERR_INVALID_INPUT', 'expires_at: lies in the past', { field: 'expires_at' }),
    };
  const max = limit('keys_per_account');
  if (account.countKeys(now) >= max)
    return {
      kind: 'rejected',
      error: errorBody('MEMLANE_ERR_INVALID_INPUT', `the user has ${max} keys already: revoke some`, {
        field: 'owner',
        limit: max,
      }),
    };
  const created: AccountEvent = { type: 'key-created', data: { id, name, scopes, expires_at, secret } };
  const events: AccountEvent[] = account.exists() ? [created] : [{ type: 'account-created', data: {} }, created];
  return { kind: 'append', events, result: { id } };
}
