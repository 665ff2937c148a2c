import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// Support of the OAuth specs: an issuer with metadata and signing keys over HTTP, whose keys can be exchanged.

export const RESOURCE = 'https://memory.example/mcp';

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;

export type SigningKey = Awaited<ReturnType<typeof makeKey>>;

/** A new signing key under a key id. */
export async function makeKey(kid: string, alg = 'RS256') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { kid, alg, privateKey, publicKey, jwk };
}

/** Starts an issuer on loopback. */
export async function startIssuer() {
  let keys = [await makeKey('first')];
  let keyReads = 0;
  let healthy = true;
  const server = createServer((request, response) => {
    const documents: Record<string, () => object> = {
      '/.well-known/openid-configuration': () => ({ issuer, jwks_uri: `${issuer}/jwks` }),
      '/jwks': () => {
        keyReads += 1;
        return { keys: keys.map(({ jwk }) => jwk) };
      },
    };
    const document = healthy ? documents[request.url ?? ''] : undefined;
    response.writeHead(document ? 200 : 500, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document?.() ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const currentKey = (): SigningKey => {
    const [key] = keys;
    if (!key) throw new Error('the issuer has no key');
    return key;
  };

  return {
    issuer,
    currentKey,
    keyReads: () => keyReads,
    setHealthy: (value: boolean) => void (healthy = value),
    rotate: async (kid: string) => void (keys = [await makeKey(kid)]),
    /** A token that is right in everything but what is given. */
    sign: (
      claims: Record<string, unknown> = {},
      key = currentKey(),
      header: Readonly<Record<string, unknown>> = {},
    ): Promise<string> => {
      const now = Math.floor(Date.now() / 1_000);
      return new SignJWT({
        iss: issuer,
        aud: RESOURCE,
        sub: 'user-1',
        client_id: 'agent',
        scope: 'memory:read memory:write',
        iat: now,
        exp: now + 300,
        ...claims,
      })
        .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
        .sign(key.privateKey);
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
