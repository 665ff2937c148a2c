import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fnv1a32, formatPosition, limit, parseInput, parsePosition, partitionOf, readEnv, tools } from './index.js';

const ZONE = 'is not a time with its zone, such as 2026-11-25T09:00:00Z or 2026-11-25T10:00:00+01:00';

/** As it arrives: `JSON.parse` makes `__proto__` an own key, an object literal would not. */
function fromWire(json: string): unknown {
  return JSON.parse(json);
}

describe('input that is refused names its field and limit', () => {
  test.each([
    ['an unknown field', '{"content":"a","colour":1}', 'colour', undefined],
    ['an own __proto__ key', '{"content":"a","__proto__":{"x":1}}', '__proto__', undefined],
    ['a __proto__ key in metadata', '{"content":"a","metadata":{"__proto__":{"x":1}}}', 'metadata', undefined],
    ['a __proto__ key deep in metadata', '{"content":"a","metadata":{"a":[{"__proto__":1}]}}', 'metadata', undefined],
    ['metadata that is a list', '{"content":"a","metadata":[]}', 'metadata', undefined],
    ['a wrong type', '{"content":5}', 'content', undefined],
    ['no content', '{}', 'content', undefined],
    ['white space only', '{"content":" \\n"}', 'content', undefined],
    ['a lone surrogate', '{"content":"a\\ud800"}', 'content', undefined],
    ['a NUL byte', '{"content":"a\\u0000"}', 'content', undefined],
    [
      'a number in metadata that is infinite once read',
      '{"content":"a","metadata":{"k":[1e999]}}',
      'metadata',
      undefined,
    ],
    [
      'a time after the year 9999 in UTC',
      '{"content":"a","expires_at":"9999-12-31T23:59:59-01:00"}',
      'expires_at',
      undefined,
    ],
    [
      'a time before the year 0 in UTC',
      '{"content":"a","expires_at":"0000-01-01T00:00:00+01:00"}',
      'expires_at',
      undefined,
    ],
    ['a NUL byte in metadata', '{"content":"a","metadata":{"k":"\\u0000"}}', 'metadata', undefined],
  ])('%s', (_, json, field, max) => {
    const parsed = parseInput(tools.store_memory.input, fromWire(json));
    expect(parsed).toMatchObject({ ok: false, error: { code: 'MEMLANE_ERR_INVALID_INPUT', field } });
    if (!parsed.ok) expect(parsed.error.limit).toBe(max);
  });

  test.each([
    ['over-long content', { content: 'é'.repeat(32_769) }, 'content', limit('content_bytes')],
    ['10,000 tags', { content: 'a', tags: Array<string>(10_000).fill('t') }, 'tags', limit('tags_count')],
    ['a long tag', { content: 'a', tags: ['ok', 'x'.repeat(129)] }, 'tags[1]', limit('tag_chars')],
    ['deep metadata', { content: 'a', metadata: nest(50) }, 'metadata', limit('metadata_depth')],
    ['large metadata', { content: 'a', metadata: { k: 'x'.repeat(17_000) } }, 'metadata', limit('metadata_bytes')],
  ])('%s', (_, input, field, max) => {
    const parsed = parseInput(tools.store_memory.input, input);
    expect(parsed).toMatchObject({ ok: false, error: { code: 'MEMLANE_ERR_INVALID_INPUT', field, limit: max } });
  });

  test.each([-1, 0, 1e9, 1.5, '10'])('a limit of %s', (value) => {
    const parsed = parseInput(tools.search_memories.input, { query: 'q', limit: value });
    expect(parsed).toMatchObject({ ok: false, error: { field: 'limit' } });
  });

  test('the message never repeats the value', () => {
    const secret = 'hunter2-hunter2';
    for (const input of [{ content: 1, type: secret.repeat(9) }, { content: 'a', tags: secret }, { content: [secret] }])
      expect(JSON.stringify(parseInput(tools.store_memory.input, input))).not.toContain(secret);
  });
});

test.each([
  ['store_memory', {}, 'content: is missing'],
  ['store_memory', { content: 5 }, 'content: is not a string'],
  ['store_memory', { content: 'a', tags: 'b' }, 'tags: is not a list'],
  ['store_memory', { content: 'a', tags: ['x'.repeat(129)] }, 'tags[0]: has more than 128 characters'],
  ['store_memory', { content: 'a', idempotency_key: '' }, 'idempotency_key: has fewer than 1 character'],
  ['search_memories', { query: 'q', limit: 0 }, 'limit: is less than 1'],
  ['search_memories', { query: 'q', limit: 101 }, 'limit: is greater than 100'],
  ['search_memories', { query: 'q', limit: 1.5 }, 'limit: is not a whole number'],
  ['search_memories', { query: 'q', mode: 'vague' }, 'mode: is not one of hybrid, semantic, exact'],
  ['delete_memories', { tags: [] }, 'tags: has fewer than 1 item'],
  ['delete_memories', { ids: ['a'], dry_run: 'yes' }, 'dry_run: is not true or false'],
  ['sync_repository', { source: '/x', every_minutes: 1 }, 'every_minutes: is less than 15'],
  ['sync_repository', { source: '/x', every_minutes: 'x' }, 'every_minutes: is not 0, and is not a number'],
  ['list_memories', { after: '2026-11-25' }, `after: ${ZONE}`],
  ['list_memories', { after: '2026-11-25T09:00:00' }, `after: ${ZONE}`],
  ['list_memories', 'all', 'input: is not an object'],
] as const)('what is wrong is told in words: %s %j', (tool, input, message) => {
  expect(parseInput(tools[tool].input, input)).toMatchObject({ ok: false, error: { message } });
});

test('content of exactly the limit is accepted', () => {
  const content = 'é'.repeat(limit('content_bytes') / 2);
  expect(parseInput(tools.store_memory.input, { content })).toMatchObject({ ok: true });
});

test('times are normalised to UTC', () => {
  const parsed = parseInput(tools.store_memory.input, { content: 'a', expires_at: '2027-01-01T00:00:00+02:00' });
  expect(parsed).toMatchObject({ ok: true, value: { expires_at: '2026-12-31T22:00:00.000Z' } });
});

test('any JSON at all is parsed or refused, never thrown on', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (input) => {
      for (const tool of Object.values(tools)) expect(typeof parseInput(tool.input, input).ok).toBe('boolean');
    }),
  );
});

// Vectors of the reference implementation (isthe.com/chongo/tech/comp/fnv).
test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('fnv1a32 of %j', (text, hash) => {
  expect(fnv1a32(text)).toBe(hash);
});

test('every owner has one lane below the number of partitions', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 256 }), (owner, partitions) => {
      const partition = partitionOf(owner, partitions);
      expect(partition).toBeGreaterThanOrEqual(0);
      expect(partition).toBeLessThan(partitions);
      expect(partitionOf(owner, partitions)).toBe(partition);
    }),
  );
});

test('a position survives its wire form, and other text is none', () => {
  const position = { partition: 7, epoch: '1x9k', seq: 42 };
  expect(parsePosition(formatPosition(position))).toEqual(position);
  for (const text of ['', '1', '1.2', '1.a.', '1.a.-1', '1.A.1', '1.a.1.1', 'x.a.1'])
    expect(parsePosition(text)).toBeUndefined();
});

test('a bad environment variable is named', () => {
  expect(() => readEnv({ MEMLANE_PORT: '99999' })).toThrow('MEMLANE_PORT');
});

function nest(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let level = 0; level < levels; level += 1) value = { inner: value };
  return value;
}
