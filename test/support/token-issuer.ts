import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An OAuth issuer on loopback, with metadata and one signing key. */
export interface TokenIssuer {
  readonly issuer: string;
  /** An access token that is right in everything but the claims that are given. */
  token(claims?: Readonly<Record<string, unknown>>): string;
  stop(): Promise<void>;
}

/** @param resource audience of its tokens */
export async function startTokenIssuer(resource: string): Promise<TokenIssuer> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = { alg: 'ES256', kid: 'one', typ: 'at+jwt' };
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: header.kid, alg: header.alg, use: 'sig' }];
  const server = createServer((request, response) => {
    const document = request.url === '/jwks' ? { keys } : { issuer, jwks_uri: `${issuer}/jwks` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    token(claims = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const right = { iss: issuer, aud: resource, client_id: 'agent', scope: 'memory:read memory:write', iat: now };
      const text = [header, { ...right, exp: now + 300, ...claims }].map(encode).join('.');
      const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${text}.${signature.toString('base64url')}`;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
