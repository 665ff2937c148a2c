import { readEnv } from '@memlane/contracts';
import { createLogger } from '@memlane/telemetry';
import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import { exportSPKI, SignJWT, UnsecuredJWT } from 'jose';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startKeyMaker } from './keys.support.spec.js';
import { makeKey, RESOURCE, startIssuer, type Issuer } from './oauth.support.spec.js';
import { start, type RunningGateway } from './start.js';

const METADATA_URL = 'https://memory.example/.well-known/oauth-protected-resource/mcp';
const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

describe('sign-in with OAuth', () => {
  let nats: TestNatsServer;
  let issuer: Issuer;
  let gateway: RunningGateway;

  beforeAll(async () => {
    [nats, issuer] = await Promise.all([startNatsServer(), startIssuer()]);
    gateway = await startGateway({ MEMLANE_OAUTH_ISSUERS: issuer.issuer, MEMLANE_OAUTH_RESOURCE: RESOURCE });
  });
  afterAll(async () => {
    await gateway.stop();
    await issuer.stop();
    await nats.stop();
  });

  function startGateway(oauth: Record<string, string>, coolDownMs = 0) {
    const env = readEnv({ ...nats.env, MEMLANE_PORT: '0', MEMLANE_PARTITIONS: '2', ...oauth });
    return start({ env, log: createLogger('gateway', 'error') }, { oauth: { coolDownMs } });
  }
  function ask(authorization: string | undefined, method = 'tools/list', params: Record<string, unknown> = {}) {
    return askAt(gateway, authorization, method, params);
  }
  function askAt(
    { url }: RunningGateway,
    authorization: string | undefined,
    method = 'tools/list',
    params: Record<string, unknown> = {},
  ) {
    return fetch(url, {
      method: 'POST',
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(typeof params['name'] === 'string' ? { 'mcp-name': params['name'] } : {}),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
    });
  }
  /** fetch does not let Host be chosen. */
  function statusWithHost(url: URL, host: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(url, { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end();
    });
  }
  const seconds = (offset: number) => Math.floor(Date.now() / 1_000) + offset;

  it('accepts a token of the issuer for this server', async () => {
    expect((await ask(`Bearer ${await issuer.sign()}`)).status).toBe(200);
    expect((await ask(`Bearer ${await issuer.sign({ aud: ['https://other.example', RESOURCE] })}`)).status).toBe(200);
  });

  it('goes on accepting API keys', async () => {
    const keys = await startKeyMaker(nats, 2);
    const { key } = await keys.createKey({ owner: 'ann', name: 'test' });
    await vi.waitFor(async () => expect((await ask(`Bearer ${key}`)).status).toBe(200));
    await keys.stop();
  });

  const forged: Record<string, () => Promise<string> | string> = {
    'is not a JWT': () => 'abc',
    'has three parts that are not a JWT': () => 'a.b.c',
    'has no signature (alg none)': () =>
      new UnsecuredJWT({ scope: 'memory:read' })
        .setIssuer(issuer.issuer)
        .setAudience(RESOURCE)
        .setSubject('user-1')
        .setExpirationTime('5m')
        .encode(),
    'is signed by another key under a known key id': async () => issuer.sign({}, await makeKey('first')),
    'brings the key that it is signed by': async () => {
      const own = await makeKey('first');
      return issuer.sign({}, own, { jwk: own.jwk, jku: 'https://other.example/jwks' });
    },
    'is signed by HS256 with the public key as secret': async () =>
      new SignJWT({ scope: 'memory:read' })
        .setProtectedHeader({ alg: 'HS256', kid: 'first' })
        .setIssuer(issuer.issuer)
        .setAudience(RESOURCE)
        .setSubject('user-1')
        .setExpirationTime('5m')
        .sign(new TextEncoder().encode(await exportSPKI(issuer.currentKey().publicKey))),
    'had its claims changed after signing': async () => {
      const [header, , signature] = (await issuer.sign()).split('.');
      const [, claims] = (await issuer.sign({ sub: 'user-2' })).split('.');
      return [header, claims, signature].join('.');
    },
    'is for another audience': () => issuer.sign({ aud: 'https://other.example/mcp' }),
    'is for no audience': () => issuer.sign({ aud: undefined }),
    'is of another issuer': () => issuer.sign({ iss: 'https://other.example' }),
    'is of no issuer': () => issuer.sign({ iss: undefined }),
    'has expired': () => issuer.sign({ exp: seconds(-60) }),
    'never expires': () => issuer.sign({ exp: undefined }),
    'is not yet valid': () => issuer.sign({ nbf: seconds(60) }),
    'is for nobody': () => issuer.sign({ sub: undefined }),
    'has an empty subject': () => issuer.sign({ sub: '' }),
    'has an unknown key id': async () => issuer.sign({}, await makeKey('unknown')),
  };
  it.each(Object.entries(forged))('refuses a token that %s, and says no more', async (_what, token) => {
    const response = await ask(`Bearer ${await token()}`);
    const body = (await response.json()) as { detail: string };
    expect(response.status).toBe(401);
    expect(body.detail).toBe('No credential, or one that is not valid.');
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer realm="memlane", error="invalid_token", resource_metadata="${METADATA_URL}", scope="memory:read memory:write"`,
    );
  });

  it('logs why it refused a token, and nothing of the token', async () => {
    const log = createLogger('gateway', 'info');
    const lines = vi.spyOn(log, 'info').mockReturnValue();
    const env = readEnv({
      ...nats.env,
      MEMLANE_PORT: '0',
      MEMLANE_PARTITIONS: '2',
      MEMLANE_OAUTH_ISSUERS: issuer.issuer,
      MEMLANE_OAUTH_RESOURCE: RESOURCE,
    });
    const logging = await start({ env, log });
    const tokens = {
      malformed: 'a.b.c',
      'unknown-issuer': await issuer.sign({ iss: 'https://other.example' }),
      audience: await issuer.sign({ aud: 'https://other.example' }),
      expired: await issuer.sign({ exp: seconds(-60) }),
      'not-yet-valid': await issuer.sign({ nbf: seconds(60) }),
      signature: await issuer.sign({}, await makeKey('first')),
      'unknown-key': await issuer.sign({}, await makeKey('unknown')),
      claims: await issuer.sign({ sub: '' }),
    };
    for (const token of Object.values(tokens)) expect((await askAt(logging, `Bearer ${token}`)).status).toBe(401);
    const refusals = lines.mock.calls.filter(([, message]) => message === 'access token refused');
    expect(refusals).toEqual(
      Object.keys(tokens).map((reason) => [
        { reason, correlationId: expect.any(String) as string },
        'access token refused',
      ]),
    );
    await logging.stop();
  });

  it('asks for a scope when a token may hear of no changes', async () => {
    const token = await issuer.sign({ scope: 'memory:write' });
    const response = await fetch(new URL('/events', gateway.url), { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('scope="memory:write memory:read"');
  });

  it('lets pages of any origin read the metadata, and nothing else', async () => {
    const url = new URL('/.well-known/oauth-protected-resource/mcp', gateway.url);
    const origin = 'https://agent.example';
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'mcp-protocol-version',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('mcp-protocol-version');
    for (const response of [preflight, await fetch(url, { headers: { origin } })])
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await statusWithHost(url, 'evil.example')).toBe(403);
    const other = await fetch(new URL('/events', gateway.url), { headers: { origin } });
    expect(other.status).toBe(403);
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('says where to sign in when there is no token', async () => {
    const response = await ask(undefined);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer realm="memlane", resource_metadata="${METADATA_URL}", scope="memory:read memory:write"`,
    );
  });

  it('asks for the missing scope when a token calls a tool beyond its own', async () => {
    const token = await issuer.sign({ scope: 'memory:read openid' });
    const response = await ask(`Bearer ${token}`, 'tools/call', { name: 'store_memory', arguments: { content: 'x' } });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      code: 'MEMLANE_ERR_FORBIDDEN',
      details: { scope: 'memory:write' },
    });
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer realm="memlane", error="insufficient_scope", resource_metadata="${METADATA_URL}", scope="memory:read memory:write"`,
    );
  });

  it('takes no administration from a token', async () => {
    const token = await issuer.sign({ scope: 'admin' });
    const response = await ask(`Bearer ${token}`, 'tools/call', { name: 'memory_overview', arguments: {} });
    expect(response.status).toBe(403);
  });

  it('tells without a token who issues tokens for it', async () => {
    for (const path of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp']) {
      const response = await fetch(new URL(path, gateway.url));
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        resource: RESOURCE,
        authorization_servers: [issuer.issuer],
        scopes_supported: ['memory:read', 'memory:write', 'code:read', 'code:write'],
        bearer_methods_supported: ['header'],
        resource_name: 'Memlane',
      });
    }
  });

  it('accepts a key that the issuer rotated to, and no longer the one before', async () => {
    const before = await issuer.sign();
    expect((await ask(`Bearer ${before}`)).status).toBe(200);
    await issuer.rotate('second');
    expect((await ask(`Bearer ${await issuer.sign()}`)).status).toBe(200);
    expect((await ask(`Bearer ${before}`)).status).toBe(401);
  });

  it('does not let made-up key ids become load on the issuer', async () => {
    const calm = await startGateway({ MEMLANE_OAUTH_ISSUERS: issuer.issuer, MEMLANE_OAUTH_RESOURCE: RESOURCE }, 60_000);
    expect((await askAt(calm, `Bearer ${await issuer.sign()}`)).status).toBe(200);
    const before = issuer.keyReads();
    const stranger = await makeKey('stranger');
    for (let i = 0; i < 20; i += 1) {
      const token = await issuer.sign({}, stranger, { kid: `made-up-${i}` });
      expect((await askAt(calm, `Bearer ${token}`)).status).toBe(401);
    }
    expect(issuer.keyReads()).toBe(before);
    await calm.stop();
  });

  it('answers unavailable, not unauthenticated, while the issuer cannot be asked', async () => {
    const fresh = await startGateway({ MEMLANE_OAUTH_ISSUERS: issuer.issuer, MEMLANE_OAUTH_RESOURCE: RESOURCE });
    issuer.setHealthy(false);
    const token = await issuer.sign();
    expect((await askAt(fresh, `Bearer ${token}`)).status).toBe(503);
    issuer.setHealthy(true);
    expect((await askAt(fresh, `Bearer ${token}`)).status).toBe(200);
    await fresh.stop();
  });

  it('is off unless it is configured', async () => {
    const plain = await startGateway({});
    const response = await askAt(plain, `Bearer ${await issuer.sign()}`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="memlane"');
    expect((await fetch(new URL('/.well-known/oauth-protected-resource', plain.url))).status).toBe(401);
    await plain.stop();
  });
});
