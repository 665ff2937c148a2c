import type { CommandPayload, CommandResults } from '@memlane/contracts';
import type { Decision } from '../decision.js';
import { noSuchKey } from './no-such-key.js';
import type { AccountFactsReader } from './state.js';

/** Ends a key with all its secrets; an expired one too, so that it is gone from lists. */
export function decideRevokeKey(
  account: AccountFactsReader,
  { id }: CommandPayload<'revoke-key'>,
): Decision<CommandResults['revoke-key']> {
  if (!account.key(id)) return noSuchKey;
  return { kind: 'append', events: [{ type: 'key-revoked', data: { id } }], result: { id } };
}
