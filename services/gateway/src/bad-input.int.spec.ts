import { limit, type ErrorBody } from '@memlane/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProduct, type Product, type RpcAnswer, type ToolAnswer } from './product.support.spec.js';

type Args = Record<string, unknown>;

/** JSON text of an object that nests `levels` deep. */
function nest(levels: number): string {
  return '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
}

describe('bad input', () => {
  let product: Product;
  let key: string;

  beforeAll(async () => {
    product = await startProduct();
    key = await product.makeKey('ann');
  });
  afterAll(() => product.stop());

  async function errorOf(tool: string, args: unknown): Promise<ErrorBody | undefined> {
    const answer = await product.call(key, tool, args);
    expect(answer.isError).toBe(true);
    expect(JSON.parse(answer.content[0]?.text ?? '')).toEqual(answer.structuredContent);
    return answer.structuredContent.error;
  }

  /** Nothing was stored by what went before, and the next request works. */
  async function expectUntouched(): Promise<void> {
    const { structuredContent } = await product.call(key, 'list_memories', { limit: 1 });
    expect(structuredContent).toMatchObject({ total: 0, memories: [] });
  }

  /** A store_memory call whose arguments are this text: JSON.stringify would not write all of them. */
  async function sendText(args: string): Promise<RpcAnswer> {
    const response = await fetch(product.url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'store_memory',
      },
      body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"store_memory","arguments":${args},"_meta":{
        "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`,
    });
    return { status: response.status, ...((await response.json()) as object) };
  }

  const stores: [string, Args, Partial<ErrorBody>][] = [
    ['a missing field', {}, { field: 'content' }],
    ['an unknown field', { content: 'x', colour: 'red' }, { field: 'colour' }],
    ['a field of the wrong type', { content: 7 }, { field: 'content' }],
    ['empty content', { content: '' }, { field: 'content' }],
    ['content of white space only', { content: ' \n\t ' }, { field: 'content' }],
    ['content that is too long', { content: 'x'.repeat(65_537) }, { field: 'content', limit: 65_536 }],
    ['content that is too long in bytes only', { content: '語'.repeat(22_000) }, { field: 'content', limit: 65_536 }],
    ['a NUL byte', { content: 'a\u0000b' }, { field: 'content' }],
    [
      '10,000 tags',
      { content: 'x', tags: Array.from({ length: 10_000 }, (_, i) => `t${i}`) },
      { field: 'tags', limit: 64 },
    ],
    ['a tag that is too long', { content: 'x', tags: ['t'.repeat(129)] }, { field: 'tags[0]', limit: 128 }],
    ['a tag that is not text', { content: 'x', tags: ['a', null] }, { field: 'tags[1]' }],
    ['metadata that is not an object', { content: 'x', metadata: ['a'] }, { field: 'metadata' }],
    [
      'metadata that is too large',
      { content: 'x', metadata: { a: 'x'.repeat(20_000) } },
      { field: 'metadata', limit: 16_384 },
    ],
    ['metadata with a constructor key', { content: 'x', metadata: { constructor: 1 } }, { field: 'metadata' }],
    ['metadata with a NUL byte', { content: 'x', metadata: { a: ['\u0000'] } }, { field: 'metadata' }],
    ['a time that is not one', { content: 'x', expires_at: 'tomorrow' }, { field: 'expires_at' }],
    ['a time without a zone', { content: 'x', expires_at: '2027-01-01T00:00:00' }, { field: 'expires_at' }],
    [
      'an idempotency key that is too long',
      { content: 'x', idempotency_key: 'k'.repeat(129) },
      { field: 'idempotency_key', limit: 128 },
    ],
  ];

  it.each(stores)('refuses to store %s, naming the field and the limit', async (_what, args, expected) => {
    expect(await errorOf('store_memory', args)).toMatchObject({ code: 'MEMLANE_ERR_INVALID_INPUT', ...expected });
    await expectUntouched();
  });

  const raw: [string, string, Partial<ErrorBody>][] = [
    ['a lone surrogate', '{"content":"a\\ud800b"}', { field: 'content' }],
    ['a lone surrogate in a tag', '{"content":"x","tags":["\\udfff"]}', { field: 'tags[0]' }],
    ['a __proto__ key in metadata', '{"content":"x","metadata":{"__proto__":{"admin":true}}}', { field: 'metadata' }],
    ['a nested __proto__ key', '{"content":"x","metadata":{"a":[{"__proto__":1}]}}', { field: 'metadata' }],
    ['deeply nested metadata', `{"content":"x","metadata":${nest(9)}}`, { field: 'metadata', limit: 8 }],
    ['metadata nested 100,000 deep', `{"content":"x","metadata":${nest(100_000)}}`, { field: 'metadata', limit: 8 }],
    ['an unknown field nested 100,000 deep', `{"content":"x","more":${nest(100_000)}}`, { field: 'more' }],
  ];

  it.each(raw)('refuses to store %s', async (_what, args, expected) => {
    const { result } = await sendText(args);
    expect((result as ToolAnswer).structuredContent.error).toMatchObject({
      code: 'MEMLANE_ERR_INVALID_INPUT',
      ...expected,
    });
    await expectUntouched();
  });

  it.each([
    ['{"content":"x","__proto__":{"tags":["a"]}}', '__proto__'],
    ['{"content":"x","\\u005f_proto__":1}', '__proto__'],
    ['{"memories":[{"content":"x","__proto__":1}]}', 'memories.0.__proto__'],
  ])('refuses a __proto__ key as a field: %s', async (args, field) => {
    const { status, error } = await sendText(args);
    expect([status, error]).toMatchObject([400, { code: -32_602, data: { error: { field } } }]);
    await expectUntouched();
  });

  const calls: [string, string, Args, Partial<ErrorBody>][] = [
    ['a negative limit', 'search_memories', { query: 'x', limit: -1 }, { field: 'limit', limit: 1 }],
    ['a huge limit', 'list_memories', { limit: 1e9 }, { field: 'limit', limit: 100 }],
    ['a limit that is not whole', 'list_memories', { limit: 1.5 }, { field: 'limit' }],
    ['an empty query', 'search_memories', { query: '' }, { field: 'query' }],
    ['a query that is too long', 'search_memories', { query: 'x'.repeat(4_097) }, { field: 'query', limit: 4_096 }],
    ['an unknown mode', 'search_memories', { query: 'x', mode: 'fuzzy' }, { field: 'mode' }],
    ['a cursor that is too long', 'list_memories', { cursor: 'x'.repeat(513) }, { field: 'cursor', limit: 512 }],
    [
      'a broken cursor',
      'list_memories',
      { cursor: 'nonsense' },
      { code: 'MEMLANE_ERR_INVALID_CURSOR', field: 'cursor' },
    ],
    [
      'a broken cursor of a search',
      'search_memories',
      { query: 'x', cursor: '%%%' },
      { code: 'MEMLANE_ERR_INVALID_CURSOR' },
    ],
    ['a position of nowhere', 'list_memories', { position: '0.zzz.1' }, { code: 'MEMLANE_ERR_POSITION_UNKNOWN' }],
    ['a position that is not one', 'list_memories', { position: 'here' }, { field: 'position' }],
    [
      'a time that is not understood',
      'search_memories',
      { query: 'x', time: 'blursday' },
      { code: 'MEMLANE_ERR_INVALID_TIME' },
    ],
    ['an id of nothing', 'get_memory', { id: 'nothing' }, { code: 'MEMLANE_ERR_NOT_FOUND' }],
    ['an id that is too long', 'get_memory', { id: 'x'.repeat(65) }, { field: 'id', limit: 64 }],
    ['a deletion without a filter', 'delete_memories', {}, { code: 'MEMLANE_ERR_EMPTY_FILTER' }],
    ['a deletion with an empty list', 'delete_memories', { ids: [] }, { field: 'ids' }],
    [
      'a deletion of too many ids',
      'delete_memories',
      { ids: Array.from({ length: 1_001 }, (_, i) => `i${i}`) },
      { field: 'ids', limit: 1_000 },
    ],
    ['no memories at all', 'store_memories', { memories: [] }, { field: 'memories' }],
    [
      '101 memories',
      'store_memories',
      { memories: Array.from({ length: 101 }, () => ({ content: 'x' })) },
      { field: 'memories', limit: 100 },
    ],
    ['an input for a tool that has none', 'memory_overview', { owner: 'bob' }, { field: 'owner' }],
  ];

  it.each(calls)('refuses %s', async (_what, tool, args, expected) => {
    const error = await errorOf(tool, args);
    expect(error).toMatchObject(expected);
    expect(error?.retryable).toBe(false);
    await expectUntouched();
  });

  it('takes search syntax in a query for text', async () => {
    const queries = [
      '"',
      'a AND',
      'NOT',
      'NEAR(a b)',
      '*',
      'a* OR (',
      'content:x',
      "'; DROP TABLE memory; --",
      '^a',
      '{a b}: x',
      '\\',
    ];
    for (const query of queries)
      for (const mode of ['hybrid', 'exact'])
        expect((await product.call(key, 'search_memories', { query, mode })).isError).toBeFalsy();
  });

  it('never says the value that it refuses', async () => {
    const secret = 'swordfish-4711';
    const texts = [
      await errorOf('store_memory', { content: { secret } }),
      await errorOf('search_memories', { query: 'x', mode: secret }),
      await errorOf('store_memory', { content: 'x', expires_at: secret }),
      await errorOf('list_memories', { cursor: secret }),
      await errorOf('search_memories', { query: 'x', time: secret }),
    ];
    expect(JSON.stringify(texts)).not.toContain(secret);
  });

  it('answers an unknown tool, also one of an object’s own names, with invalid params', async () => {
    for (const name of ['forget_everything', '__proto__', 'constructor', 'toString', '', 'x'.repeat(100_000)]) {
      const { error } = await product.rpc(key, 'tools/call', { name: name.slice(0, 8_000), arguments: {} });
      expect(error?.code).toBe(-32_602);
      expect(JSON.stringify(error).length).toBeLessThan(500);
    }
    const { status, error } = await product.rpc(key, 'tools/destroy');
    expect([status, error?.code]).toEqual([404, -32_601]);
  });

  it('refuses arguments that are not an object', async () => {
    for (const args of ['text', 7, ['a'], null]) {
      const { error, result } = await product.rpc(key, 'tools/call', { name: 'memory_overview', arguments: args });
      expect(error?.code ?? (result as { isError?: boolean }).isError).toBeTruthy();
    }
  });

  it('refuses headers that do not agree with the body', async () => {
    const lie = { 'mcp-name': 'memory_overview' };
    const { status, error } = await product.rpc(key, 'tools/call', { name: 'list_memories', arguments: {} }, lie);
    expect([status, error?.code]).toEqual([400, -32_020]);
  });

  it('is still as it was after all of that', async () => {
    await expectUntouched();
    const { structuredContent } = await product.call(key, 'store_memory', {
      content: 'x'.repeat(limit('content_bytes')),
    });
    expect(structuredContent).toMatchObject({ created: true });
  });
});
