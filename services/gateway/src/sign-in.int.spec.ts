import { ownerOfSubject } from '@memlane/auth';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort, makeSignIn, startOidcProvider, type SignIn } from './oidc-provider.support.spec.js';
import { startProduct, type Product } from './product.support.spec.js';

describe('users of a real OpenID provider', () => {
  let product: Product;
  let oidc: Awaited<ReturnType<typeof startOidcProvider>>;

  beforeAll(async () => {
    const port = await findFreePort();
    const resource = `http://127.0.0.1:${port}/mcp`;
    oidc = await startOidcProvider(resource);
    product = await startProduct(
      {},
      { env: { MEMLANE_PORT: String(port), MEMLANE_OAUTH_ISSUERS: oidc.issuer, MEMLANE_OAUTH_RESOURCE: resource } },
    );
  });
  afterAll(async () => {
    await product.stop();
    await oidc.stop();
  });

  const modern = { versionNegotiation: { mode: { pin: '2026-07-28' } } } as const;

  /** Connects as the SDK's client does: refused, sent to the provider, back with a code, and again. */
  async function connect({ provider, callback }: SignIn, options: typeof modern | undefined = modern) {
    const url = new URL(product.url);
    const first = new StreamableHTTPClientTransport(url, { authProvider: provider });
    const info = { name: 'memlane-test', version: '0' };
    await expect(new Client(info, options).connect(first)).rejects.toThrow(UnauthorizedError);
    await first.finishAuth(callback());
    const transport = new StreamableHTTPClientTransport(url, { authProvider: provider });
    const client = new Client(info, options);
    await client.connect(transport);
    return { client, transport };
  }
  async function call(client: Client, name: string, args: Record<string, unknown>) {
    return (await client.callTool({ name, arguments: args })).structuredContent as Record<string, unknown>;
  }

  it.each([
    ['2026-07-28', modern],
    ['the 2025 revisions', undefined],
  ])('sign in with the SDK’s own flow, store and find, in %s', async (era, options) => {
    const ann = makeSignIn('ann');
    const { client } = await connect(ann, options);
    const content = `The lighthouse was painted red, says ${era}`;
    const stored = await call(client, 'store_memory', { content });
    expect(stored).toMatchObject({ created: true });
    const found = await call(client, 'search_memories', { query: content, mode: 'exact' });
    expect(found['memories']).toMatchObject([{ id: stored['id'], content }]);
    expect(decodeProtectedHeader(ann.accessToken())).toMatchObject({ alg: 'RS256', typ: 'at+jwt' });
    expect(decodeJwt(ann.accessToken())).toMatchObject({ iss: oidc.issuer, sub: 'ann', aud: product.url });
    await client.close();
  });

  it('see their own memories only', async () => {
    const [{ client: ann }, { client: bob }] = [await connect(makeSignIn('ann')), await connect(makeSignIn('bob'))];
    const { id } = await call(ann, 'store_memory', { content: 'what only ann knows' });
    const nothing = await call(bob, 'search_memories', { query: 'what only ann knows', mode: 'exact' });
    expect(nothing['memories']).toEqual([]);
    expect(await call(bob, 'get_memory', { id })).toMatchObject({ error: { code: 'MEMLANE_ERR_NOT_FOUND' } });
    expect(await call(bob, 'update_memory', { id, content: 'x' })).toMatchObject({
      error: { code: 'MEMLANE_ERR_NOT_FOUND' },
    });
    expect(await call(ann, 'get_memory', { id })).toMatchObject({ memory: { content: 'what only ann knows' } });
    expect(ownerOfSubject(oidc.issuer, 'ann')).not.toBe(ownerOfSubject(oidc.issuer, 'bob'));
    await ann.close();
    await bob.close();
  });

  it('step up to a scope that a call needs, when the server asks for it', async () => {
    const ann = makeSignIn('ann');
    const readOnly: SignIn = { ...ann, provider: { ...ann.provider, ...onlyScope(ann, 'memory:read') } };
    const { client, transport } = await connect(readOnly);
    expect(decodeJwt(ann.accessToken())['scope']).toBe('memory:read');
    expect(await call(client, 'list_memories', {})).toHaveProperty('memories');
    await expect(call(client, 'store_memory', { content: 'too early' })).rejects.toThrow(UnauthorizedError);
    await transport.finishAuth(ann.callback());
    expect(String(decodeJwt(ann.accessToken())['scope']).split(' ').sort()).toEqual(['memory:read', 'memory:write']);
    expect(await call(client, 'store_memory', { content: 'now it may' })).toMatchObject({ created: true });
    await client.close();
  });

  it('listen to their own changes with the same token', async () => {
    const ann = makeSignIn('ann');
    const { client } = await connect(ann);
    const leaving = new AbortController();
    const response = await fetch(new URL('/events', product.url), {
      headers: { authorization: `Bearer ${ann.accessToken()}` },
      signal: leaving.signal,
    });
    expect(response.status).toBe(200);
    const { id } = await call(client, 'store_memory', { content: 'heard over server-sent events' });
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes('event: commit')) break;
    }
    expect(text).toContain(String(id));
    leaving.abort();
    await client.close();
  });
});

/** The first sign-in asks for less than the server proposes, as a careful user would allow. */
function onlyScope({ provider }: SignIn, scope: string): Pick<typeof provider, 'redirectToAuthorization'> {
  let isFirst = true;
  return {
    redirectToAuthorization: (url) => {
      if (isFirst) url.searchParams.set('scope', scope);
      isFirst = false;
      return provider.redirectToAuthorization(url);
    },
  };
}
