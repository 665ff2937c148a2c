import { startSystem, type RunningSystem } from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { McpCaller } from '../support/mcp-caller.js';
import { createUser, createUsers } from '../support/users.js';

let system: RunningSystem;
const callers: McpCaller[] = [];

beforeAll(async () => {
  system = await startSystem();
});

afterAll(async () => {
  for (const caller of callers) caller.close();
  await system.stop();
});

/** A caller of a user of its own, so that tests do not meet. */
async function newUser(owner: string): Promise<McpCaller> {
  const caller = await createUser(system, owner, { connections: 8 });
  callers.push(caller);
  return caller;
}

interface Hit {
  id: string;
  content: string;
}

async function search(user: McpCaller, args: Record<string, unknown>): Promise<string[]> {
  const { memories } = await user.must('search_memories', args);
  return (memories as Hit[]).map(({ content }) => content);
}

describe('a memory is found', () => {
  const dentist = 'Ana has an appointment with her dentist on Thursday at nine';
  const cat = 'The cat of our neighbours is called Pixel';
  const deploy = 'We roll out the payment service with a canary of five percent';

  let user: McpCaller;
  let position: unknown;
  beforeAll(async () => {
    user = await newUser('finder');
    await user.must('store_memory', { content: dentist, tags: ['health', 'ana'], type: 'appointment' });
    await user.must('store_memory', { content: cat, tags: ['home'] });
    ({ position } = await user.must('store_memory', { content: deploy, tags: ['work', 'deploy'], type: 'decision' }));
  });

  test('by a paraphrase that shares no word with it', async () => {
    const answer = await user.must('search_memories', { query: 'teeth doctor visit', mode: 'semantic', position });
    expect(answer['legs']).toMatchObject({ vectors: 'ok' });
    expect((answer['memories'] as Hit[])[0]?.content).toBe(dentist);
  });

  test('by an exact word', async () => {
    expect((await search(user, { query: 'Pixel', position }))[0]).toBe(cat);
  });

  test('literally, and only literally, in exact mode', async () => {
    expect(await search(user, { query: 'canary of FIVE percent', mode: 'exact', position })).toEqual([deploy]);
    expect(await search(user, { query: 'canary of six percent', mode: 'exact', position })).toEqual([]);
  });

  test('by tag', async () => {
    expect(await search(user, { query: 'anything about appointment cat payment', tags: ['home'], position })).toEqual([
      cat,
    ]);
    const all = await search(user, { query: 'payment', tags: ['work', 'home'], tags_match: 'all', position });
    expect(all).toEqual([]);
  });

  test('by time', async () => {
    expect(await search(user, { query: 'cat', time: 'today', position })).toContain(cat);
    expect(await search(user, { query: 'cat', time: 'in March 2025', position })).toEqual([]);
  });

  test('by type', async () => {
    expect(await search(user, { query: 'payment cat dentist', type: 'decision', position })).toEqual([deploy]);
  });

  test('with text that looks like search syntax', async () => {
    for (const query of ['cat AND (', '"', 'content:cat*', 'NEAR(cat, 5)', "'; DROP TABLE memory; --", '-cat ^ {a b}'])
      expect(await user.must('search_memories', { query, position })).toHaveProperty('memories');
  });

  test('by nobody else', async () => {
    const other = await newUser('stranger');
    expect(await search(other, { query: 'Pixel dentist payment' })).toEqual([]);
    const list = await other.must('list_memories', {});
    expect(list).toMatchObject({ memories: [], total: 0 });
  });
});

describe('a memory changes', () => {
  test('and the old words no longer find it', async () => {
    const user = await newUser('editor');
    const { id } = await user.must('store_memory', { content: 'The build server is called Heron' });
    const { version, position } = await user.must('update_memory', {
      id,
      content: 'The build server is called Osprey',
    });
    expect(version).toBe(2);
    expect(await search(user, { query: 'Heron', mode: 'exact', position })).toEqual([]);
    expect(await search(user, { query: 'Osprey', mode: 'exact', position })).toHaveLength(1);
    const read = await user.must('get_memory', { id, history: true, position });
    expect(read['history']).toMatchObject([{ version: 1, content: 'The build server is called Heron' }]);
  });

  test('not when the expected version is stale, and the error names the current one', async () => {
    const user = await newUser('stale-editor');
    const { id } = await user.must('store_memory', { content: 'Standup is at ten' });
    await user.must('update_memory', { id, content: 'Standup is at eleven', expected_version: 1 });
    const late = await user.call('update_memory', { id, content: 'Standup is at noon', expected_version: 1 });
    expect(late).toMatchObject({
      ok: false,
      error: { code: 'MEMLANE_ERR_VERSION_CONFLICT', details: { current_version: 2 } },
    });
  });
});

describe('a memory is deleted', () => {
  test('after a dry run that said what would go and changed nothing', async () => {
    const user = await newUser('cleaner');
    const ids: unknown[] = [];
    for (const n of [1, 2, 3])
      ids.push((await user.must('store_memory', { content: `scratch note number ${n}`, tags: ['scratch'] }))['id']);
    await user.must('store_memory', { content: 'a note to keep', tags: ['keep'] });

    const preview = await user.must('delete_memories', { tags: ['scratch'], dry_run: true });
    expect(preview).toMatchObject({ deleted: 3, dry_run: true });
    expect(new Set(preview['ids'] as unknown[])).toEqual(new Set(ids));
    expect(await user.must('list_memories', {})).toMatchObject({ total: 4 });

    const done = await user.must('delete_memories', { tags: ['scratch'] });
    expect(done).toMatchObject({ deleted: 3, dry_run: false });
    expect(await user.must('list_memories', { position: done['position'] })).toMatchObject({ total: 1 });
    expect(await search(user, { query: 'scratch note number', mode: 'exact', position: done['position'] })).toEqual([]);
  });

  test('not by an empty filter', async () => {
    const user = await newUser('careless');
    expect(await user.call('delete_memories', {})).toMatchObject({ error: { code: 'MEMLANE_ERR_EMPTY_FILTER' } });
  });
});

test('the same idempotency key twice makes one memory and answers the same', async () => {
  const user = await newUser('repeater');
  const args = { content: 'Remember this exactly once', idempotency_key: 'k-1' };
  const [first, second] = await Promise.all([user.must('store_memory', args), user.must('store_memory', args)]);
  expect(second).toEqual(first);
  expect(await user.must('list_memories', { position: first['position'] })).toMatchObject({ total: 1 });
  const other = await user.call('store_memory', { content: 'Something else', idempotency_key: 'k-1' });
  expect(other).toMatchObject({ ok: false, error: { code: 'MEMLANE_ERR_IDEMPOTENCY_MISMATCH' } });
});

test('a memory past its expiry is not found', async () => {
  const user = await newUser('expirer');
  const expires_at = new Date(Date.now() + 1_500).toISOString();
  const { id, position } = await user.must('store_memory', { content: 'The guest code is 4711', expires_at });
  expect(await search(user, { query: 'guest code', position })).toHaveLength(1);
  await vi.waitFor(async () => expect(await search(user, { query: 'guest code' })).toEqual([]), { timeout: 10_000 });
  expect(await user.call('get_memory', { id })).toMatchObject({ error: { code: 'MEMLANE_ERR_NOT_FOUND' } });
});

test('one bad item of many leaves the others stored', async () => {
  const user = await newUser('batcher');
  const answer = await user.must('store_memories', {
    memories: [{ content: 'first of the batch' }, { content: '' }, { content: 'third of the batch' }],
  });
  expect(answer['results']).toMatchObject([
    { index: 0, created: true },
    { index: 1, error: { code: 'MEMLANE_ERR_INVALID_INPUT' } },
    { index: 2, created: true },
  ]);
  expect(await user.must('list_memories', { position: answer['position'] })).toMatchObject({ total: 2 });
});

test('a long memory is found by what stands near its end', async () => {
  const user = await newUser('essayist');
  const filler = 'The committee discussed the budget of the coming year in great detail. '.repeat(200);
  const ending =
    'Finally somebody mentioned that the penguins at the zoo are hungry. Their keeper had ordered too few herring, ' +
    'so the colony got half a meal on Monday. The young penguins were fed first, the old ones called for more fish. ' +
    'From next week on a second delivery of herring and squid comes every morning, before the zoo opens its doors. '.repeat(
      4,
    );
  const content = `${filler}${ending}`;
  const { position } = await user.must('store_memory', { content });
  await user.must('store_memory', { content: 'Notes about gardening and tomatoes' });
  await vi.waitFor(
    async () => {
      const answer = await user.must('search_memories', {
        query: 'antarctic birds need food',
        mode: 'semantic',
        position,
      });
      expect(answer['legs']).toMatchObject({ vectors: 'ok' });
      expect((answer['memories'] as Hit[])[0]?.content.slice(-30)).toBe(content.slice(-30));
    },
    { timeout: 60_000 },
  );
});

test('1,000 parallel stores by 50 users are all kept and found', async () => {
  const owners = Array.from({ length: 50 }, (_, n) => `crowd-${n}`);
  const users = await createUsers(system, owners, { connections: 20 });
  callers.push(...users);
  await Promise.all(
    users.flatMap((user, n) =>
      Array.from({ length: 20 }, (_, i) =>
        user.must('store_memory', { content: `user ${n} keeps fact ${i} word${i}x` }),
      ),
    ),
  );
  await Promise.all(
    users.map(async (user, n) => {
      const list = await user.must('list_memories', { limit: 100 });
      expect(list['total']).toBe(20);
      const contents = (list['memories'] as Hit[]).map(({ content }) => content);
      expect(new Set(contents)).toEqual(
        new Set(Array.from({ length: 20 }, (_, i) => `user ${n} keeps fact ${i} word${i}x`)),
      );
      const found = await search(user, { query: 'word7x', mode: 'exact' });
      expect(found).toEqual([`user ${n} keeps fact 7 word7x`]);
    }),
  );
});
