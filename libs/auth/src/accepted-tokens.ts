import { limit } from '@memlane/contracts';
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import type { Credential } from './credential.js';
import type { IssuerKeys } from './oauth-issuer.js';

interface Accepted {
  readonly credential: Credential;
  readonly until: number;
  readonly keys: IssuerKeys;
  readonly revision: number;
}

/**
 * Tokens that were found good, so that a signature is not checked with each request of a client. One is kept until it
 * expires, its issuer has other keys, or these are due to be read again. Kept by hash: the cache holds no token.
 */
export interface AcceptedTokens {
  find(token: string, now: number): Credential | undefined;
  /**
   * @param expiresAt in ms of the clock
   * @param revision of the keys before the token was checked
   */
  keep(token: string, entry: { credential: Credential; expiresAt: number; keys: IssuerKeys; revision: number }): void;
}

export function keepAcceptedTokens(max = limit('oauth_tokens')): AcceptedTokens {
  const tokens = new LRUCache<string, Accepted>({ max });
  return {
    find: (token, now) => {
      const hash = hashOf(token);
      const found = tokens.get(hash);
      if (!found) return undefined;
      if (now < found.until && found.keys.revision() === found.revision) return found.credential;
      tokens.delete(hash);
      return undefined;
    },
    keep: (token, { credential, expiresAt, keys, revision }) => {
      const until = Math.min(expiresAt, keys.freshUntil());
      tokens.set(hashOf(token), { credential, until, keys, revision });
    },
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
