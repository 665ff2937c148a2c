import type { KeySecret } from '@memlane/contracts';

/** A key that was not revoked. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** ISO 8601 UTC, as all times here. */
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly secret: KeySecret;
  /** The secret before the last rotation, and until when it works too. */
  readonly previous: { readonly secret: KeySecret; readonly until: string } | null;
}

/** One owner's account, as far as a decision looks at it. */
export interface AccountFactsReader {
  exists(): boolean;
  key(id: string): ApiKey | undefined;
  /** Keys that are neither revoked nor expired by `now`. */
  countKeys(now: string): number;
}

export function isKeyExpired({ expiresAt }: Pick<ApiKey, 'expiresAt'>, now: string): boolean {
  return expiresAt !== null && expiresAt <= now;
}

/** The secrets that a key is good for at a time: none, one, or two during an overlap. */
export function secretsAt(key: ApiKey, now: string): KeySecret[] {
  if (isKeyExpired(key, now)) return [];
  return key.previous && key.previous.until > now ? [key.secret, key.previous.secret] : [key.secret];
}
