import { bearerToken, type OAuthSettings } from '@memlane/auth';
import type { TokenVerifier } from '@memlane/auth/token-verifier';
import { memlaneError } from '@memlane/contracts';
import type { Logger } from '@memlane/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller, KnownCaller } from './caller.js';
import { missingScope, resourceMetadata, scopeChallenge, signInChallenge } from './oauth-challenge.js';

/** Sign-in by access tokens, beside API keys. */
export interface OAuthSignIn {
  readonly settings: OAuthSettings;
  readonly verifier: TokenVerifier;
}

/** Where the metadata is: at the root, and below it for the path of the resource, whatever a proxy makes of that. */
export const METADATA_PATHS = ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/*'];

/** Clients in web pages read the metadata too; it is the same for everybody and has no secrets. */
const ANY_ORIGIN = { 'access-control-allow-origin': '*' } as const;
const PREFLIGHT = {
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'mcp-protocol-version',
  'access-control-max-age': '86400',
} as const;

/**
 * Who a request with an access token acts for.
 *
 * @throws MemlaneError `MEMLANE_ERR_UNAUTHENTICATED`, or `MEMLANE_ERR_UNAVAILABLE` when the issuer cannot be asked
 */
export async function authenticateByToken(
  headers: IncomingHttpHeaders,
  reply: FastifyReply,
  { settings, verifier }: OAuthSignIn,
  correlationId: string,
  log: Logger,
): Promise<KnownCaller> {
  const token = bearerToken(headers.authorization);
  const verdict = token === undefined ? undefined : await verifier.verify(token);
  if (token !== undefined && verdict?.outcome === 'accepted') {
    // That the issuer cannot be asked at the moment ends no stream.
    const holds = async () => (await verifier.verify(token)).outcome !== 'refused';
    return { credential: verdict.credential, correlationId, holds, canGainScopes: true };
  }
  // Of the token nothing is logged: parts of it come from whoever made it up.
  if (verdict?.outcome === 'refused') log.info({ correlationId, reason: verdict.reason }, 'access token refused');
  if (verdict?.outcome === 'unavailable')
    throw memlaneError('MEMLANE_ERR_UNAVAILABLE', 'the sign-in service cannot be reached');
  reply.header('www-authenticate', signInChallenge(settings, headers.authorization !== undefined));
  throw memlaneError('MEMLANE_ERR_UNAUTHENTICATED', undefined, { field: 'Authorization' });
}

/** Serves the metadata, and has calls beyond a token's scopes answered with a challenge that clients can act on. */
export function serveOAuth(
  app: FastifyInstance,
  { settings }: OAuthSignIn,
  callerOfToken: (request: FastifyRequest) => Caller | undefined,
): void {
  const metadata = resourceMetadata(settings);
  for (const path of METADATA_PATHS) {
    app.get(path, (_request, reply) =>
      reply.headers({ ...ANY_ORIGIN, 'cache-control': 'public, max-age=300' }).send(metadata),
    );
    app.options(path, (_request, reply) =>
      reply
        .headers({ ...ANY_ORIGIN, ...PREFLIGHT })
        .code(204)
        .send(),
    );
  }

  app.addHook('preHandler', async (request, reply) => {
    const caller = callerOfToken(request);
    const scope = caller && missingScope(request.routeOptions.url, request.body, caller.credential);
    if (!caller || !scope) return;
    reply.header('www-authenticate', scopeChallenge(settings, caller.credential.scopes, scope));
    throw memlaneError('MEMLANE_ERR_FORBIDDEN', `the token lacks the scope ${scope}`, { details: { scope } });
  });
}
