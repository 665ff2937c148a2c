import type { OAuthClientProvider } from '@modelcontextprotocol/client';
import { exportJWK } from 'jose';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { makeKey } from './oauth.support.spec.js';

// Support of the specs about sign-in: a real OpenID provider on loopback, and a user who signs in to it by its own pages.

/** Starts the provider; it issues JWT access tokens for `resource`. */
export async function startOidcProvider(resource: string) {
  let handle: RequestListener = (_request, response) => response.end();
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { jwk, privateKey } = await makeKey('provider');
  const scopes = ['memory:read', 'memory:write'];
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...jwk, ...(await exportJWK(privateKey)) }] },
    cookies: { keys: ['only of this test'] },
    scopes: ['openid', 'offline_access', ...scopes],
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: true },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, indicator) => {
          if (indicator !== resource) throw new Error('this provider knows one resource only');
          return {
            scope: scopes.join(' '),
            audience: resource,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          };
        },
      },
    },
  });
  const answer = provider.callback();
  handle = (request, response) => void answer(request, response);
  return {
    issuer,
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A port that is free now: tokens name the gateway's address before it is started. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

const REDIRECT = 'http://127.0.0.1/callback';

/** A program that a user signs in to: what the SDK's client asks of it, and what its browser does at the provider. */
export interface SignIn {
  readonly provider: OAuthClientProvider;
  /** Parameters of the last return from the provider. */
  readonly callback: () => URLSearchParams;
  readonly accessToken: () => string;
  /** Scopes that were asked for, once for each sign-in. */
  readonly asked: readonly (string | null)[];
}

export function makeSignIn(user: string): SignIn {
  const cookies = new Map<string, string>();
  const asked: (string | null)[] = [];
  let client: Parameters<NonNullable<OAuthClientProvider['saveClientInformation']>>[0] | undefined;
  let tokens: Parameters<OAuthClientProvider['saveTokens']>[0] | undefined;
  let discovered: Parameters<NonNullable<OAuthClientProvider['saveDiscoveryState']>>[0] | undefined;
  let verifier = '';
  let callback: URLSearchParams | undefined;
  const provider: OAuthClientProvider = {
    redirectUrl: REDIRECT,
    clientMetadata: {
      client_name: 'memlane-test',
      application_type: 'native',
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
    clientInformation: () => client,
    saveClientInformation: (information) => void (client = information),
    tokens: () => tokens,
    saveTokens: (saved) => void (tokens = saved),
    saveCodeVerifier: (saved) => void (verifier = saved),
    codeVerifier: () => verifier,
    saveDiscoveryState: (saved) => void (discovered = saved),
    discoveryState: () => discovered,
    redirectToAuthorization: async (url) => {
      asked.push(url.searchParams.get('scope'));
      callback = await browse(url, user, cookies);
    },
  };
  return {
    provider,
    asked,
    callback: () => {
      if (!callback) throw new Error('nobody has signed in');
      return callback;
    },
    accessToken: () => tokens?.access_token ?? '',
  };
}

/** Follows the provider's pages as a browser does, signs in and consents, until it sends the browser back. */
async function browse(start: URL, user: string, cookies: Map<string, string>): Promise<URLSearchParams> {
  let url = start;
  let form: URLSearchParams | undefined;
  for (let step = 0; step < 20; step += 1) {
    const response: Response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { method: 'POST', body: form } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name !== undefined && value !== undefined) cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      form = undefined;
      if (url.href.startsWith(REDIRECT)) return url.searchParams;
      continue;
    }
    const page = await response.text();
    const [, action] = /<form[^>]* action="([^"]+)"/.exec(page) ?? [];
    const [, prompt] = /name="prompt" value="([^"]+)"/.exec(page) ?? [];
    if (action === undefined || prompt === undefined) throw new Error(`${response.status}: ${page}`);
    url = new URL(action, url);
    form = new URLSearchParams({ prompt, ...(prompt === 'login' ? { login: user, password: 'any' } : {}) });
  }
  throw new Error('the provider goes round in circles');
}
