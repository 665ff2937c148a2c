import { runCli, startSystem, type RunningSystem } from '@memlane/testkit';
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectClient } from '../support/connect-client.js';
import { callsOfGuide } from '../support/guides.js';

let system: RunningSystem;
let ann: Client;
let bob: Client;
let eve: Client;

async function call(client: Client, name: string, args: Record<string, unknown> = {}) {
  const { structuredContent } = await client.callTool({ name, arguments: args });
  return structuredContent as Record<string, unknown> & { memories: { content: string; space?: string }[] };
}

async function memlane(...args: string[]): Promise<void> {
  const { code, stderr } = await runCli([...args, '--data-dir', system.dataDir]);
  if (code !== 0) throw new Error(stderr);
}

beforeAll(async () => {
  system = await startSystem();
  [ann, bob, eve] = [
    await connectClient(system, 'ann'),
    await connectClient(system, 'bob'),
    await connectClient(system, 'eve'),
  ];
});
afterAll(async () => {
  await Promise.all([ann, bob, eve].map((client) => client.close()));
  await system.stop();
});

const tomatoes = 'Water the tomatoes early, before the sun is on the bed';
const diary = 'The doctor says my blood pressure is too high';

test('the calls of the guide do what it says, for three users', async () => {
  const calls = await callsOfGuide('share-memories.md');
  const [share, search, shareToWrite, store, shareWithTeam, unshare] = calls;
  if (!share || !search || !shareToWrite || !store || !shareWithTeam || !unshare)
    throw new Error('the guide shows six calls');
  expect(calls.map(({ name }) => name)).toEqual([
    'share',
    'search_memories',
    'share',
    'store_memory',
    'share',
    'unshare',
  ]);

  await call(ann, 'store_memory', { content: tomatoes, tags: ['garden'] });
  await call(ann, 'store_memory', { content: diary, tags: ['health'] });
  await call(bob, 'store_memory', { content: 'Buy a watering can when the shop opens' });
  expect(await call(ann, share.name, share.arguments)).toMatchObject({ space: 'ann/garden', changed: true });

  const found = await call(bob, search.name, search.arguments);
  expect(found.memories.map(({ content, space }) => [space, content])).toEqual(
    expect.arrayContaining([
      ['ann/garden', tomatoes],
      ['own', 'Buy a watering can when the shop opens'],
    ]),
  );
  expect(await call(eve, search.name, search.arguments)).toMatchObject({ error: { code: 'MEMLANE_ERR_NOT_FOUND' } });
  expect(await call(bob, 'list_shares')).toMatchObject({
    you: 'bob',
    received: [{ space: 'ann/garden', from: 'ann' }],
  });

  expect(await call(bob, store.name, store.arguments)).toMatchObject({ error: { code: 'MEMLANE_ERR_FORBIDDEN' } });
  expect(await call(ann, shareToWrite.name, shareToWrite.arguments)).toMatchObject({ access: 'write', changed: true });
  const { id, position } = await call(bob, store.name, store.arguments);
  expect(await call(ann, 'get_memory', { id })).toMatchObject({ memory: { tags: ['garden'] } });
  const beans = await call(bob, 'search_memories', { query: 'beans', spaces: ['ann/garden'], position });
  expect(beans.memories[0]).toMatchObject({ id, space: 'ann/garden' });
  expect(await call(eve, store.name, store.arguments)).toMatchObject({ error: { code: 'MEMLANE_ERR_NOT_FOUND' } });

  await memlane('teams', 'create', 'house');
  await memlane('teams', 'add', 'house', 'eve');
  expect(await call(ann, shareWithTeam.name, shareWithTeam.arguments)).toMatchObject({ with: 'team-house' });
  expect(await call(eve, store.name, store.arguments)).toMatchObject({ id, created: false });
  expect((await call(eve, search.name, search.arguments)).memories.length).toBeGreaterThan(0);
  await memlane('teams', 'remove', 'house', 'eve');
  expect(await call(eve, search.name, search.arguments)).toMatchObject({ error: { code: 'MEMLANE_ERR_NOT_FOUND' } });
  expect(await call(eve, store.name, store.arguments)).toMatchObject({ error: { code: 'MEMLANE_ERR_NOT_FOUND' } });

  expect(await call(ann, unshare.name, unshare.arguments)).toMatchObject({ removed: ['bob'] });
  expect(await call(bob, store.name, store.arguments)).toMatchObject({ error: { code: 'MEMLANE_ERR_NOT_FOUND' } });
  expect(await call(ann, 'delete_memories', { ids: [id] })).toMatchObject({ deleted: 1 });
  expect(await call(bob, search.name, search.arguments)).toMatchObject({ error: { code: 'MEMLANE_ERR_NOT_FOUND' } });
  expect((await call(ann, 'search_memories', { query: 'tomatoes' })).memories[0]?.content).toBe(tomatoes);
});

test('a search by meaning in a shared space finds what is shared and nothing else', async () => {
  const { position } = await call(ann, 'share', { tag: 'garden', with: 'bob' });
  const spaces = ['ann/garden'];
  const near = { query: 'irrigating vegetables in the morning', mode: 'semantic', spaces, position };
  const garden = await call(bob, 'search_memories', near);
  expect(garden['legs']).toMatchObject({ vectors: 'ok' });
  expect(garden.memories.map(({ content }) => content)).toEqual([tomatoes]);
  const health = await call(bob, 'search_memories', { ...near, query: 'hypertension, medical advice' });
  expect(health.memories.map(({ content }) => content)).not.toContain(diary);
});

test('nothing of another user is reached by an id, a cursor or a position', async () => {
  const { id } = await call(ann, 'store_memory', { content: 'one more of ann' });
  const { next_cursor: cursor, position } = await call(ann, 'list_memories', { limit: 1 });
  for (const [name, args] of [
    ['get_memory', { id }],
    ['get_memory', { id, spaces: ['own', 'ann/garden'] }],
    ['update_memory', { id, content: 'taken over' }],
  ] as const)
    expect(await call(bob, name, args)).toMatchObject({ error: { code: 'MEMLANE_ERR_NOT_FOUND' } });
  expect(await call(eve, 'list_memories', { limit: 1, cursor })).toMatchObject({
    error: { code: 'MEMLANE_ERR_INVALID_CURSOR' },
  });
  // Of another partition it is refused; of the same one it only says how long to wait.
  const listed: { memories?: unknown[] } = await call(eve, 'list_memories', { position });
  expect(listed.memories ?? []).toEqual([]);
  expect(await call(bob, 'delete_memories', { ids: [id] })).toMatchObject({ deleted: 0 });
  expect(await call(ann, 'get_memory', { id })).toMatchObject({ memory: { content: 'one more of ann' } });
});
