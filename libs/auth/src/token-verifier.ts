import { limit } from '@memlane/contracts';
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { keepAcceptedTokens } from './accepted-tokens.js';
import type { Credential } from './credential.js';
import { IssuerUnavailableError } from './oauth-fetch.js';
import { followIssuerKeys, type IssuerKeys } from './oauth-issuer.js';
import type { OAuthSettings } from './oauth-settings.js';
import { credentialOfClaims } from './token-identity.js';

/** What became of a token. `unavailable`: its issuer cannot be asked for its keys, so nothing is known of it. */
export type TokenVerdict =
  | { readonly outcome: 'accepted'; readonly credential: Credential }
  | { readonly outcome: 'refused'; readonly reason: RefusalReason }
  | { readonly outcome: 'unavailable' };

/** Why a token was refused: for the log, where whoever configures an issuer finds it. */
export type RefusalReason =
  | 'malformed'
  | 'unknown-issuer'
  | 'algorithm'
  | 'unknown-key'
  | 'signature'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  | 'claims';

export interface TokenVerifier {
  /** Checks an access token. The caller is not to be told why one is refused: it would help only whoever forges them. */
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
  const keysOf = new Map<string, IssuerKeys>(
    settings.issuers.map((issuer) => [issuer, followIssuerKeys(issuer, coolDownMs)]),
  );
  const accepted = keepAcceptedTokens();
  return {
    verify: async (token) => {
      const known = accepted.find(token, new Date().getTime());
      if (known) return { outcome: 'accepted', credential: known };
      const issuer = claimedIssuer(token);
      const keys = issuer === undefined ? undefined : keysOf.get(issuer);
      if (issuer === undefined) return { outcome: 'refused', reason: 'malformed' };
      if (!keys) return { outcome: 'refused', reason: 'unknown-issuer' };
      const revision = keys.revision();
      try {
        const { payload } = await jwtVerify(token, keys.resolve, {
          issuer,
          audience: settings.resource,
          algorithms: ALGORITHMS,
          requiredClaims: ['exp', 'sub'],
          clockTolerance: limit('oauth_clock_skew_ms') / 1_000,
        });
        const credential = credentialOfPayload(issuer, payload);
        if (!credential) return { outcome: 'refused', reason: 'claims' };
        accepted.keep(token, { credential, expiresAt: Number(payload.exp) * 1_000, keys, revision });
        return { outcome: 'accepted', credential };
      } catch (error) {
        return isUnavailable(error) ? { outcome: 'unavailable' } : { outcome: 'refused', reason: reasonOf(error) };
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

function reasonOf(error: unknown): RefusalReason {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return reasonOfClaim.get(error.claim) ?? 'claims';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return 'unknown-key';
  return 'malformed';
}

const reasonOfClaim: ReadonlyMap<string, RefusalReason> = new Map([
  ['aud', 'audience'],
  ['nbf', 'not-yet-valid'],
]);

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
