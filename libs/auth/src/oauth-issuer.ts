import { limit } from '@memlane/contracts';
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { fetchDocument, IssuerUnavailableError } from './oauth-fetch.js';
import { isTrustworthyUrl } from './oauth-settings.js';

const metadata = z.object({ issuer: z.string(), jwks_uri: z.string().refine(isTrustworthyUrl) });

/** The signing keys of an issuer, followed as they change. */
export interface IssuerKeys {
  /** What jose resolves keys by; it throws {@link IssuerUnavailableError} while the issuer cannot be asked. */
  readonly resolve: JWTVerifyGetKey;
  /** Another number each time that other keys were read. */
  revision(): number;
  /** Until when the keys that were read last are used, in ms of the clock; after that they are read again. */
  freshUntil(): number;
}

/**
 * The signing keys of an issuer. They are looked for with the first token; a key that is not known yet has them read
 * again, though not more often than the cool-down allows, so that made-up key ids do not become load on the issuer.
 *
 * @param coolDownMs between two readings
 */
export function followIssuerKeys(issuer: string, coolDownMs: number): IssuerKeys {
  let document: string | undefined;
  let revision = 0;
  let freshUntil = 0;
  const readKeys = async (url: string): Promise<Response> => {
    const response = await fetchDocument(url);
    const text = await response.text();
    if (text !== document) revision += 1;
    document = text;
    freshUntil = new Date().getTime() + limit('oauth_keys_ms');
    return new Response(text, { status: response.status });
  };
  let keys: Promise<JWTVerifyGetKey> | undefined;
  let failedAt = -Infinity;
  const discover = async (): Promise<JWTVerifyGetKey> => {
    const { jwks_uri: jwksUri } = await discoverIssuer(issuer);
    return createRemoteJWKSet(new URL(jwksUri), {
      cooldownDuration: coolDownMs,
      cacheMaxAge: limit('oauth_keys_ms'),
      timeoutDuration: limit('oauth_fetch_ms'),
      [customFetch]: readKeys,
    });
  };
  const resolve: JWTVerifyGetKey = async (header, token) => {
    if (!keys) {
      if (performance.now() - failedAt < coolDownMs) throw new IssuerUnavailableError();
      keys = discover();
      keys.catch(() => {
        keys = undefined;
        failedAt = performance.now();
      });
    }
    return (await keys)(header, token);
  };
  return { resolve, revision: () => revision, freshUntil: () => freshUntil };
}

/** Metadata of an issuer, as OpenID Connect Discovery or else RFC 8414 places it. */
async function discoverIssuer(issuer: string): Promise<z.infer<typeof metadata>> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
  for (const place of places) {
    const response = await fetchDocument(place);
    const parsed = metadata.safeParse(response.ok ? await response.json().catch(() => undefined) : undefined);
    // Metadata of another issuer would let that one sign for this one (RFC 8414 §3.3).
    if (parsed.success && parsed.data.issuer === issuer) return parsed.data;
  }
  throw new IssuerUnavailableError();
}
