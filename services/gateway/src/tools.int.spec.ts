import { errors } from '@memlane/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startProduct, type Product } from './product.support.spec.js';

describe('the tools', () => {
  let product: Product;
  let ann: string;
  let bob: string;

  beforeAll(async () => {
    product = await startProduct({ outcomeWaitMs: 1_500 });
    [ann, bob] = await Promise.all([product.makeKey('ann'), product.makeKey('bob')]);
    // What reads code does not run here, and that is no reason to serve no memories.
    await vi.waitFor(async () => {
      const readiness = await fetch(new URL('/readyz', product.url));
      expect([readiness.status, await readiness.json()]).toMatchObject([
        200,
        { ready: true, parts: { 'repo-worker': 'ok', 'code-query': 'unavailable' } },
      ]);
    });
  });
  afterAll(() => product.stop());

  async function store(key: string, memory: Record<string, unknown>): Promise<string> {
    const { structuredContent } = await product.call(key, 'store_memory', memory);
    expect(structuredContent).toMatchObject({ created: true });
    return String(structuredContent['id']);
  }

  it('store a memory and find it at once, without asking for a position', async () => {
    const id = await store(ann, { content: 'The harbour crane is called Bertha', tags: ['harbour'], type: 'fact' });
    const found = await product.call(ann, 'search_memories', { query: 'Bertha' });
    expect(found.structuredContent).toMatchObject({ memories: [{ id, type: 'fact', tags: ['harbour'] }] });
    expect(JSON.parse(found.content[0]?.text ?? '')).toEqual(found.structuredContent);
    expect((await product.call(ann, 'get_memory', { id })).structuredContent).toMatchObject({ memory: { id } });
  });

  it('answer a plain call as the SDK answers the same one that is not', async () => {
    const id = await store(ann, { content: 'the same, whichever way it goes' });
    const calls = [
      { name: 'get_memory', arguments: { id } },
      { name: 'get_memory', arguments: { id: 'nobody has this one' } },
      { name: 'store_memory', arguments: { content: '' } },
      { name: 'list_shares' },
    ];
    for (const call of calls) {
      const encoded = `=?base64?${Buffer.from(call.name).toString('base64')}?=`;
      const [plain, other] = await Promise.all([
        product.post(ann, 'tools/call', call),
        product.post(ann, 'tools/call', call, { 'mcp-name': encoded }),
      ]);
      expect(plain.status).toBe(200);
      expect(plain.status).toBe(other.status);
      expect(plain.headers.get('content-type')).toBe(other.headers.get('content-type'));
      expect(await plain.json()).toEqual(await other.json());
    }
  });

  it('keep what one owner stored from every other', async () => {
    const id = await store(ann, { content: 'a secret of ann: violet' });
    expect((await product.call(bob, 'get_memory', { id })).structuredContent.error?.code).toBe('MEMLANE_ERR_NOT_FOUND');
    expect((await product.call(bob, 'search_memories', { query: 'violet' })).structuredContent['memories']).toEqual([]);
    expect((await product.call(bob, 'update_memory', { id, content: 'mine' })).isError).toBe(true);
    expect((await product.call(bob, 'delete_memories', { ids: [id] })).structuredContent['deleted'] ?? 0).toBe(0);
    const read = await product.rpc(bob, 'resources/read', { uri: `memory://${id}` });
    expect(read.error?.code).toBe(-32_602);
    expect((await product.call(ann, 'get_memory', { id })).isError).toBeFalsy();
  });

  it('answer a repeated idempotency key with the first outcome, and refuse another request with it', async () => {
    const memory = { content: 'told once', idempotency_key: 'k-1' };
    const first = await product.call(ann, 'store_memory', memory);
    const again = await product.call(ann, 'store_memory', memory);
    expect(again.structuredContent).toEqual(first.structuredContent);
    const other = await product.call(ann, 'store_memory', { ...memory, content: 'told otherwise' });
    expect(other.structuredContent.error).toMatchObject({
      code: 'MEMLANE_ERR_IDEMPOTENCY_MISMATCH',
      field: 'idempotency_key',
    });
    expect((await product.call(ann, 'search_memories', { query: 'otherwise' })).structuredContent['memories']).toEqual(
      [],
    );
  });

  it('update with the expected version, and say which version holds when it is another', async () => {
    const id = await store(ann, { content: 'draft of the plan' });
    const updated = await product.call(ann, 'update_memory', { id, content: 'final plan', expected_version: 1 });
    expect(updated.structuredContent).toMatchObject({ id, version: 2 });
    const stale = await product.call(ann, 'update_memory', { id, content: 'older plan', expected_version: 1 });
    expect(stale.structuredContent.error).toMatchObject({
      code: 'MEMLANE_ERR_VERSION_CONFLICT',
      details: { current_version: 2 },
    });
  });

  it('say of an error what can be done about it, as text too', async () => {
    const { remedy } = errors.MEMLANE_ERR_NOT_FOUND;
    const { structuredContent, content } = await product.call(ann, 'get_memory', { id: 'none' });
    expect(structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND', remedy });
    expect(JSON.parse(content[0]?.text ?? '')).toEqual(structuredContent);
  });

  it('delete after a dry run that changes nothing', async () => {
    const id = await store(ann, { content: 'to be forgotten', tags: ['waste'] });
    const dry = await product.call(ann, 'delete_memories', { tags: ['waste'], dry_run: true });
    expect(dry.structuredContent).toMatchObject({ deleted: 1, ids: [id], dry_run: true });
    expect((await product.call(ann, 'get_memory', { id })).isError).toBeFalsy();
    await product.call(ann, 'delete_memories', { tags: ['waste'] });
    expect((await product.call(ann, 'get_memory', { id })).structuredContent.error?.code).toBe('MEMLANE_ERR_NOT_FOUND');
  });

  it('store many at once, each with its own outcome and in order, however many commands it takes', async () => {
    const memories = Array.from({ length: 60 }, (_, index) => ({ content: `part ${index} ${'x'.repeat(20_000)}` }));
    const { structuredContent } = await product.call(bob, 'store_memories', { memories, idempotency_key: 'big' });
    const results = structuredContent['results'] as { index: number; created: boolean }[];
    expect(results.map(({ index }) => index)).toEqual(memories.map((_, index) => index));
    expect(results.every(({ created }) => created)).toBe(true);
    const listed = await product.call(bob, 'list_memories', { limit: 1, position: structuredContent['position'] });
    expect(listed.structuredContent['total']).toBe(60);

    const again = await product.call(bob, 'store_memories', { memories, idempotency_key: 'big' });
    expect(again.structuredContent).toEqual(structuredContent);
    const other = { memories: [...memories, { content: 'one more' }], idempotency_key: 'big' };
    const refused = await product.call(bob, 'store_memories', other);
    expect(refused.structuredContent.error?.code).toBe('MEMLANE_ERR_IDEMPOTENCY_MISMATCH');
  });

  it('store nothing of many when the key was used for fewer', async () => {
    const cas = await product.makeKey('cas');
    const send = (memories: readonly unknown[]) =>
      product.call(cas, 'store_memories', { memories, idempotency_key: 'few' });
    expect((await send([{ content: 'the only one' }])).isError).toBeFalsy();
    const refused = await send(Array.from({ length: 9 }, (_, n) => ({ content: `${n} ${'x'.repeat(60_000)}` })));
    expect(refused.structuredContent.error?.code).toBe('MEMLANE_ERR_IDEMPOTENCY_MISMATCH');
    expect((await product.call(cas, 'list_memories', { limit: 1 })).structuredContent['total']).toBe(1);
  });

  it('keep the good ones of many, and name the place of each bad one', async () => {
    const memories = [
      { content: 'good one' },
      { content: '' },
      { content: 'tagged', tags: [7] },
      { content: 'good two' },
    ];
    const { structuredContent } = await product.call(ann, 'store_memories', { memories });
    expect(structuredContent['results']).toMatchObject([
      { index: 0, created: true },
      { index: 1, error: { code: 'MEMLANE_ERR_INVALID_INPUT', field: 'memories[1].content' } },
      { index: 2, error: { code: 'MEMLANE_ERR_INVALID_INPUT', field: 'memories[2].tags[0]' } },
      { index: 3, created: true },
    ]);
    const none = await product.call(ann, 'store_memories', { memories: [{ content: '' }] });
    expect(none.structuredContent).toMatchObject({ results: [{ index: 0, error: { field: 'memories[0].content' } }] });
    expect(none.structuredContent['position']).toMatch(/^\d+\.[0-9a-z]+\.\d+$/);
  });

  it('obey the scopes of the key', async () => {
    const reader = await product.makeKey('ann', ['memory:read']);
    const writer = await product.makeKey('ann', ['memory:write']);
    const denied = await product.call(reader, 'store_memory', { content: 'no' });
    expect(denied.structuredContent.error).toMatchObject({
      code: 'MEMLANE_ERR_FORBIDDEN',
      details: { scope: 'memory:write' },
    });
    expect((await product.call(reader, 'memory_overview')).isError).toBeFalsy();
    const { result } = await product.rpc(reader, 'tools/list');
    expect(result).toMatchObject({ cacheScope: 'private' });
    const listed = (result as { tools: { name: string }[] }).tools.map(({ name }) => name);
    expect(listed).toContain('memory_overview');
    expect(listed).not.toContain('store_memory');
    expect((await product.call(writer, 'search_memories', { query: 'x' })).structuredContent.error?.code).toBe(
      'MEMLANE_ERR_FORBIDDEN',
    );
    expect((await product.rpc(writer, 'resources/read', { uri: 'memory://x' })).error).toBeDefined();
  });

  it('answer a memory as a resource, to its owner only', async () => {
    const id = await store(ann, { content: 'read as a resource' });
    const { result } = await product.rpc(ann, 'resources/read', { uri: `memory://${id}` });
    const { contents } = result as { contents: { text: string; mimeType: string }[] };
    expect(JSON.parse(contents[0]?.text ?? '')).toMatchObject({ id, content: 'read as a resource' });
    for (const uri of ['memory://', 'memory://../x', 'file:///etc/passwd', `memory://${'x'.repeat(100)}`, 'nonsense'])
      expect((await product.rpc(ann, 'resources/read', { uri })).error?.code).toBe(-32_602);
  });

  it('answer pending with the command id when the outcome does not come in time, and the outcome on repeating', async () => {
    await product.stopService('command-handler');
    const memory = { content: 'patience', idempotency_key: 'slow' };
    const pending = await product.call(ann, 'store_memory', memory);
    expect(pending.structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_PENDING', retryable: true });
    expect(pending.structuredContent.error?.details?.['command_id']).toMatch(/^[0-9a-f]{40}$/);
    expect((await fetch(new URL('/readyz', product.url))).status).toBe(503);

    await product.startService('command-handler');
    const outcome = await product.call(ann, 'store_memory', memory);
    expect(outcome.structuredContent).toMatchObject({ created: true, version: 1 });
  });

  it('say that reads are unavailable while the query service is away', async () => {
    await product.stopService('query');
    const away = await product.call(ann, 'search_memories', { query: 'anything' });
    expect(away.structuredContent.error).toMatchObject({
      code: 'MEMLANE_ERR_UNAVAILABLE',
      retryable: true,
      retry_after_seconds: 1,
    });
  });
});
