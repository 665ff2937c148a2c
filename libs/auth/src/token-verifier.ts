import { limit } from '@memlane/contracts';
import { decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { Credential } from './credential.js';
import { IssuerUnavailableError } from './oauth-fetch.js';
import { followIssuerKeys } from './oauth-issuer.js';
import type { OAuthSettings } from './oauth-settings.js';
import { credentialOfClaims } from './token-identity.js';

/** What became of a token. `unavailable`: its issuer cannot be asked for its keys, so nothing is known of it. */
export type TokenVerdict =
  | { readonly outcome: 'accepted'; readonly credential: Credential }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'unavailable' };

export interface TokenVerifier {
  /** Checks an access token. Why one is refused is not told: the answer would help only whoever forges them. */
  verify(token: string): Promise<TokenVerdict>;
}

/** Asymmetric ones only: with HS256 allowed, a public key could be used as the secret. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/**
 * Makes the verifier of JWT access tokens: signature by a key of the issuer, `iss`, `aud`, `exp`, `sub`, and `nbf` where
 * a token has one.
 *
 * @param options.coolDownMs between two readings of an issuer's keys; default `oauth_cool_down_ms`
 */
export function makeTokenVerifier(settings: OAuthSettings, options: { coolDownMs?: number } = {}): TokenVerifier {
  const coolDownMs = options.coolDownMs ?? limit('oauth_cool_down_ms');
  const keysOf = new Map<string, JWTVerifyGetKey>(
    settings.issuers.map((issuer) => [issuer, followIssuerKeys(issuer, coolDownMs)]),
  );
  return {
    verify: async (token) => {
      const issuer = claimedIssuer(token);
      const keys = issuer === undefined ? undefined : keysOf.get(issuer);
      if (issuer === undefined || !keys) return { outcome: 'refused' };
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer,
          audience: settings.resource,
          algorithms: ALGORITHMS,
          requiredClaims: ['exp', 'sub'],
          clockTolerance: limit('oauth_clock_skew_ms') / 1_000,
        });
        const credential = credentialOfPayload(issuer, payload);
        return credential ? { outcome: 'accepted', credential } : { outcome: 'refused' };
      } catch (error) {
        return { outcome: isUnavailable(error) ? 'unavailable' : 'refused' };
      }
    },
  };
}

/** Only to choose whose keys to check by; believed once they have signed it. */
function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

function credentialOfPayload(iss: string, payload: JWTPayload): Credential | undefined {
  const { sub, scope } = payload;
  if (typeof sub !== 'string' || sub === '') return undefined;
  const client = payload['client_id'] ?? payload['azp'];
  return credentialOfClaims({
    iss,
    sub,
    client: typeof client === 'string' ? client : undefined,
    scope: typeof scope === 'string' ? scope : '',
  });
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof IssuerUnavailableError || error instanceof errors.JWKSTimeout) return true;
  // A key set that answers with an error or with nonsense is the issuer's trouble, not the token's.
  return (
    error instanceof errors.JWKSInvalid || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')
  );
}
