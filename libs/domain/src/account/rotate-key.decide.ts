import type { CommandPayload, CommandResults } from '@memlane/contracts';
import type { Decision, DecisionContext } from '../decision.js';
import { noSuchKey } from './no-such-key.js';
import { isKeyExpired, type AccountFactsReader } from './state.js';

/** Gives a key a new secret; the one before works on for the overlap, and no longer than the key itself. */
export function decideRotateKey(
  account: AccountFactsReader,
  { id, secret, overlap_seconds }: CommandPayload<'rotate-key'>,
  { now }: DecisionContext,
): Decision<CommandResults['rotate-key']> {
  const key = account.key(id);
  if (!key || isKeyExpired(key, now)) return noSuchKey;
  const previousUntil =
    overlap_seconds === 0 ? null : new Date(Date.parse(now) + overlap_seconds * 1_000).toISOString();
  return {
    kind: 'append',
    events: [{ type: 'key-rotated', data: { id, secret, previous_until: previousUntil } }],
    result: { id, previous_until: previousUntil },
  };
}
