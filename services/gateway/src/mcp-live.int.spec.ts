import { createKey, revokeKey } from '@memlane/auth';
import { limit, readEnv } from '@memlane/contracts';
import { connectNats, openRecordedLog } from '@memlane/event-log';
import { createLogger } from '@memlane/telemetry';
import { Client, StreamableHTTPClientTransport, type ClientOptions } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startProduct, type Product } from './product.support.spec.js';
import { start } from './start.js';

const info = { name: 'memlane-test', version: '0' };

/** What every kind of client can do. */
interface Listener {
  /** URIs of which it was told, in order. */
  readonly heard: string[];
  readonly listen: (...uris: string[]) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

describe('MCP clients that listen to memories', () => {
  let product: Product;
  let annKey: string;
  let bobKey: string;

  beforeAll(async () => {
    product = await startProduct();
    [annKey, bobKey] = [await product.makeKey('ann'), await product.makeKey('bob')];
  });
  afterAll(() => product.stop());

  const withKey = (key: string) => ({ requestInit: { headers: { authorization: `Bearer ${key}` } } });
  let stored = 0;
  async function store(key: string): Promise<string> {
    stored += 1;
    const { structuredContent } = await product.call(key, 'store_memory', { content: `memory ${stored}` });
    return String(structuredContent['id']);
  }
  async function change(key: string, id: string): Promise<void> {
    stored += 1;
    const { structuredContent } = await product.call(key, 'update_memory', { id, content: `memory ${stored}` });
    expect(structuredContent).toMatchObject({ id });
  }
  const uriOf = (id: string) => `memory://${id}`;

  async function connectV1(key: string): Promise<Listener> {
    const client = new ClientV1(info);
    const heard: string[] = [];
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void heard.push(params.uri));
    await client.connect(new TransportV1(new URL(product.url), withKey(key)));
    return {
      heard,
      listen: (...uris) => Promise.all(uris.map((uri) => client.subscribeResource({ uri }))),
      close: () => client.close(),
    };
  }
  async function connectV2(key: string, options: ClientOptions) {
    const client = new Client(info, options);
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri));
    await client.connect(new StreamableHTTPClientTransport(new URL(product.url), withKey(key)));
    return { client, heard, close: () => client.close() };
  }
  async function connectSession(key: string): Promise<Listener> {
    const { client, heard, close } = await connectV2(key, {});
    return { heard, close, listen: (...uris) => Promise.all(uris.map((uri) => client.subscribeResource({ uri }))) };
  }
  async function connectModern(key: string) {
    const { client, heard, close } = await connectV2(key, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    return { heard, close, listen: (...uris: string[]) => client.listen({ resourceSubscriptions: uris }) };
  }

  const kinds: [string, (key: string) => Promise<Listener>][] = [
    ['the SDK v1 client', connectV1],
    ['the SDK v2 client as it comes (2025 revisions)', connectSession],
    ['the SDK v2 client of 2026-07-28', connectModern],
  ];
  it.each(kinds)('%s hears of changes of the user’s own memories, and of nobody else’s', async (_name, connect) => {
    const [mine, other, ofBob] = [await store(annKey), await store(annKey), await store(bobKey)];
    const listener = await connect(annKey);
    const forBob = await connect(bobKey);
    await listener.listen(uriOf(mine), uriOf(ofBob));
    await forBob.listen(uriOf(mine), uriOf(ofBob));
    await change(bobKey, ofBob);
    await change(annKey, other);
    await change(annKey, mine);
    await vi.waitUntil(() => listener.heard.length === 1 && forBob.heard.length === 1);
    await product.call(annKey, 'delete_memories', { ids: [other, mine] });
    await vi.waitUntil(() => listener.heard.length === 2);
    expect(listener.heard).toEqual([uriOf(mine), uriOf(mine)]);
    expect(forBob.heard).toEqual([uriOf(ofBob)]);
    await listener.close();
    await forBob.close();
  });

  it('a session hears no more of what it unsubscribed from', async () => {
    const [first, second] = [await store(annKey), await store(annKey)];
    const { client, heard, close } = await connectV2(annKey, {});
    for (const id of [first, second]) await client.subscribeResource({ uri: uriOf(id) });
    await client.unsubscribeResource({ uri: uriOf(first) });
    await change(annKey, first);
    await change(annKey, second);
    await vi.waitUntil(() => heard.length === 1);
    expect(heard).toEqual([uriOf(second)]);
    await close();
  });

  it('a session hears of what it subscribed to at another gateway than the one that has its stream', async () => {
    const id = await store(annKey);
    const env = readEnv({ ...product.nats.env, MEMLANE_PORT: '0', MEMLANE_PARTITIONS: '4' });
    const other = await start({ env, log: createLogger('gateway', 'error') });
    const client = new Client(info);
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri));
    const transport = new StreamableHTTPClientTransport(new URL(product.url), withKey(annKey));
    await client.connect(transport);
    const answer = await fetch(other.url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${annKey}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-session-id': transport.sessionId ?? '',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'resources/subscribe', params: { uri: uriOf(id) } }),
    });
    expect(await answer.text()).toContain('"result":{}');
    await vi.waitUntil(async () => {
      await change(annKey, id);
      return heard.length > 0;
    });
    expect(new Set(heard)).toEqual(new Set([uriOf(id)]));
    await client.close();
    await other.stop();
  });

  it('a stream of 2026-07-28 names what it listens to, and says goodbye when its key is revoked', async () => {
    const id = await store(annKey);
    const nc = await connectNats(readEnv(product.nats.env), { name: 'test' });
    const log = await openRecordedLog(nc);
    const made = await createKey(log, { owner: 'ann', name: 'lost' });
    await vi.waitUntil(async () => (await product.rpc(made.key, 'tools/list')).status === 200);
    const { listen, close } = await connectModern(made.key);
    const subscription = await listen(uriOf(id));
    expect(subscription.honoredFilter).toEqual({ resourceSubscriptions: [uriOf(id)] });
    await revokeKey(log, made.id);
    expect(await subscription.closed).toBe('graceful');
    await close().catch(() => undefined);
    await nc.close();
  });

  it('refuses what is no memory, too many, and a key that may not read', async () => {
    const writeKey = await product.makeKey('ann', ['memory:write']);
    const many = Array.from({ length: limit('mcp_subscribed_resources') + 1 }, (_, i) => uriOf(`m${i}`));
    const listen = (key: string, ...uris: unknown[]) =>
      product.rpc(key, 'subscriptions/listen', { notifications: { resourceSubscriptions: uris } });
    for (const foreign of ['file:///etc/passwd', { toString: 1, valueOf: 1 }, null, 7])
      expect(await listen(annKey, foreign)).toMatchObject({
        status: 400,
        error: { data: { error: { field: 'uri' } } },
      });
    expect(await listen(annKey, ...many)).toMatchObject({ status: 400, error: { data: { error: { limit: 100 } } } });
    expect(await listen(writeKey, uriOf('m1'))).toMatchObject({ status: 403, code: 'MEMLANE_ERR_FORBIDDEN' });

    const { client, close } = await connectV2(annKey, {});
    await expect(client.subscribeResource({ uri: 'file:///etc/passwd' })).rejects.toThrow('not the URI of a memory');
    for (const uri of many.slice(1)) await client.subscribeResource({ uri });
    await expect(client.subscribeResource({ uri: uriOf('m0') })).rejects.toThrow('more than 100 resources');
    await close();
    const reader = await connectV2(writeKey, {});
    await expect(reader.client.subscribeResource({ uri: uriOf('m1') })).rejects.toThrow('memory:read');
    await reader.close();
  });

  it('sessions are the only ones to subscribe one by one: 2026-07-28 has no such method', async () => {
    const answer = await product.rpc(annKey, 'resources/subscribe', { uri: uriOf('m1') });
    expect(answer).toMatchObject({ status: 404, error: { code: -32_601 } });
  });
});
