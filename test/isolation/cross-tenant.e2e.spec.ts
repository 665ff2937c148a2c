import { partitionOf, tools, type ToolName } from '@memlane/contracts';
import { changeTeam, createKey, createTeam } from '@memlane/auth';
import { connectNats, openRecordedLog, type EventLog } from '@memlane/event-log';
import { compareTimes, createRepository, startSystem, tempDir, type RunningSystem } from '@memlane/testkit';
import fc from 'fast-check';
import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { listMemories } from '../support/list-memories.js';
import { RawHttp, type RawAnswer, type RawRequest } from '../support/raw-http.js';
import { argumentsOf } from './arguments.js';

// Alice and Bob live in the same partition. Bob knows every id, cursor, position, session and idempotency key of Alice,
// all her words and the names of her spaces, and calls everything with them. One of the spaces is shared with Carol, who
// writes there, another one was shared with Bob and taken back, and a third one is shared with a team that Bob was in.
// Alice has a repository with a webhook, too: he knows its name, its job and the address of the webhook.

const CALLS_AT_ONCE = 40;
const ROUNDS = 260;
const MEMORIES = 120;
const TIMED_PAIRS = 400;
/** Standard deviations from what chance would give. */
const CLEAR = 5;
const ATTEMPTS = 3;

const alice = 'alice';
const bob = sameLaneAs(alice);
const carol = 'carol';
const team = 'team-crew';
const spaces = [`${alice}/lake`, `${alice}/once`, `${alice}/boat`];
const mark = `secret${randomBytes(6).toString('hex')}`;

const repository = `${mark}code`;

let root: string;
let system: RunningSystem;
let hers: RawHttp;
let his: RawHttp;
let carols: RawHttp;
/** What Alice has: Bob may use it in his requests, and must not learn any of it. */
const ids: string[] = [];
const cursors: string[] = [];
const positions: string[] = [];
const idempotencyKeys: string[] = [];
const jobs: string[] = [];
const hooks: string[] = [];
let session = '';
let before: string[] = [];

function sameLaneAs(owner: string): string {
  for (let n = 0; ; n += 1) if (partitionOf(`bob-${n}`, 16) === partitionOf(owner, 16)) return `bob-${n}`;
}

beforeAll(async () => {
  root = await tempDir();
  const env = { MEMLANE_GATEWAYS: '2', MEMLANE_QUERIES: '2', MEMLANE_REPOSITORY_ROOTS: root };
  system = await startSystem({ env });
  const nc = await connectNats(await system.natsEnv(), { name: 'test' });
  const log = await openRecordedLog(nc);
  const rawOf = async (owner: string) => {
    const raw = new RawHttp(system.url, (await createKey(log, { owner, name: 'test' })).key);
    await vi.waitFor(
      async () => {
        const answers = await Promise.all(Array.from({ length: 8 }, () => raw.rpc('tools/list')));
        expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      },
      { timeout: 10_000 },
    );
    return raw;
  };
  [hers, his, carols] = [await rawOf(alice), await rawOf(bob), await rawOf(carol)];
  await moveIn(log);
  await moveInCode();
  await nc.close();
  before = await everythingOfAlice();
});

afterAll(async () => {
  hers.close();
  his.close();
  carols.close();
  await system.stop();
  await rm(root, { recursive: true, force: true });
});

function resultOf({ text }: RawAnswer): Record<string, unknown> {
  return (JSON.parse(text) as { result: { structuredContent: Record<string, unknown> } }).result.structuredContent;
}

async function call(who: RawHttp, name: ToolName, args: Record<string, unknown>): Promise<Record<string, unknown>> {
  return resultOf(await who.rpc('tools/call', { name, arguments: args }));
}

/** Alice's memories, every field of them marked, and what can be had of them; a few of Bob's. */
async function moveIn(log: EventLog): Promise<void> {
  const of = (n: number, word: string) => ({
    content: `${word} number ${n} of the house by the lake`,
    type: `${word}type`,
    tags: [`${word}tag`, `${word}${n % 5}`],
    metadata: { [`${word}key`]: `${word}value${n}` },
    conversation_id: `${word}talk${n % 3}`,
  });
  for (let n = 0; n < MEMORIES; n += 1) {
    const idempotencyKey = `${mark}once${n}`;
    idempotencyKeys.push(idempotencyKey);
    const memory = of(n, mark);
    if (n % 3 === 0) memory.tags.push('lake', 'once', 'boat');
    const stored = await call(hers, 'store_memory', { ...memory, idempotency_key: idempotencyKey });
    ids.push(String(stored['id']));
    positions.push(String(stored['position']));
    if (n < 20) await call(his, 'store_memory', of(n, 'bobs'));
  }
  await call(hers, 'update_memory', { id: ids[0], content: `${mark} was changed` });
  await call(hers, 'share', { tag: 'lake', with: carol, access: 'write' });
  const byCarol = await call(carols, 'store_memory', { content: `${mark} of carol`, space: `${alice}/lake` });
  ids.push(String(byCarol['id']));
  await call(hers, 'share', { tag: 'once', with: bob, access: 'write' });
  expect((await call(his, 'list_memories', { spaces: [`${alice}/once`] }))['total']).toBe(MEMORIES / 3);
  await call(hers, 'unshare', { tag: 'once', with: bob });
  await createTeam(log, team);
  for (const member of [carol, bob]) await changeTeam(log, 'add-team-member', { team, member });
  await call(hers, 'share', { tag: 'boat', with: team, access: 'write' });
  for (const who of [carols, his])
    expect((await call(who, 'list_memories', { spaces: [`${alice}/boat`] }))['total']).toBe(MEMORIES / 3);
  await changeTeam(log, 'remove-team-member', { team, member: bob });
  for (const [tool, args] of [
    ['list_memories', { limit: 5 }],
    ['list_memories', { limit: 3, tags: [`${mark}tag`] }],
    ['search_memories', { query: 'house by the lake', limit: 5 }],
    ['search_memories', { query: `${mark} number`, limit: 2, mode: 'exact' }],
  ] as const) {
    const { next_cursor: cursor } = await call(hers, tool, args);
    expect(cursor, tool).toBeTypeOf('string');
    cursors.push(String(cursor));
  }
  session = await beginSession(hers);
}

async function moveInCode(): Promise<void> {
  const { path, commit } = await createRepository(join(root, repository));
  await commit({ [`${mark}.ts`]: `/** ${mark} of the house by the lake */\nexport function ${mark}Function() {}\n` });
  const synced = await call(hers, 'sync_repository', { source: path, wait: true });
  expect(synced).toMatchObject({ repository, job: { state: 'done' } });
  jobs.push((synced['job'] as { id: string }).id);
  const made = await hers.send({ method: 'PUT', path: `/repositories/${repository}/webhook` });
  hooks.push((JSON.parse(made.text) as { path: string }).path);
  await vi.waitFor(async () =>
    expect((await call(hers, 'find_symbol', { name: `${mark}Function` }))['symbols']).toHaveLength(1),
  );
}

async function beginSession(who: RawHttp): Promise<string> {
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '0' } };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
  const { headers } = await who.send({ method: 'POST', headers: legacyHeaders, body });
  return String(headers['mcp-session-id']);
}

const legacyHeaders = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

async function everythingOfAlice(): Promise<string[]> {
  const memories = await listMemories((args) => call(hers, 'list_memories', args));
  const { repositories } = await call(hers, 'list_repositories', {});
  return [...memories, repositories].map((thing) => JSON.stringify(thing));
}

/** A request of Bob's, as text for the report of a failure and for knowing what he said himself. */
interface Move {
  readonly said: string;
  readonly make: () => Promise<RawAnswer>;
}

function toolCall(name: string, args: unknown): Move {
  const params = { name, arguments: args };
  return { said: JSON.stringify(params), make: () => his.rpc('tools/call', params) };
}

function rpcCall(method: string, params: Record<string, unknown>): Move {
  return { said: JSON.stringify({ method, params }), make: () => his.rpc(method, params) };
}

function plainCall(sent: RawRequest): Move {
  return { said: JSON.stringify(sent), make: () => his.send(sent) };
}

function legacyPing(id: string): Move {
  return plainCall({
    method: 'POST',
    headers: { ...legacyHeaders, 'mcp-session-id': id },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  });
}

/** Fields that name something and are not kept; in others Bob may only use Alice's words where nothing is kept of them. */
const NAMING = /^(id|ids|cursor|position|idempotency_key|as_of|owner|job|job_id|repository|symbol_id)$/;

function movesOfBob(): fc.Arbitrary<Move> {
  const handles = fc.oneof(
    ...[ids, cursors, positions, idempotencyKeys, jobs].map((values) => fc.constantFrom(...values)),
    fc.constantFrom(alice, session, `memory://${ids[1] ?? ''}`, `${mark}talk1`, repository, `${mark}.ts`),
  );
  const words = fc.constantFrom(mark, `${mark}tag`, `${mark}type`, `${mark}talk1`, 'house', 'lake', 'number', '*', '"');
  const own = fc.constantFrom('bobs', 'bobstag', 'bobs1', 'bobstype', 'bobstalk1', 'house by the lake', 'today');
  const textsFor = (keepsNothing: boolean) => (field: string) => {
    if (field === 'id' || field === 'ids') return fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...ids) }, handles);
    if (field === 'cursor') return fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...cursors) }, handles);
    if (field === 'position') return fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...positions) }, handles);
    if (field === 'repository' || field === 'repositories') return fc.constantFrom(repository, 'bobs');
    if (field === 'job' || field === 'job_id')
      return fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...jobs) }, handles);
    if (field === 'space' || field === 'spaces') return fc.constantFrom('own', `${bob}/bobstag`, ...spaces);
    if (field === 'with') return fc.constantFrom(alice, carol, team);
    if (NAMING.test(field)) return handles;
    return keepsNothing ? fc.oneof(words, own, handles) : own;
  };
  const toolCalls = Object.entries(tools).map(([name, { input, annotations }]) =>
    argumentsOf(z.toJSONSchema(input, { io: 'input' }) as object, textsFor(annotations.readOnlyHint)).map((args) =>
      toolCall(name, args),
    ),
  );
  const method = fc.constantFrom('GET', 'POST', 'DELETE');
  const paths = fc.constantFrom(
    '/events',
    '/mcp',
    '/admin/keys',
    '/admin/accounts',
    '/admin/teams',
    '/metrics',
    '/readyz',
    '/',
    '/hooks/none',
    `/repositories/${repository}/webhook`,
    ...hooks,
  );
  return fc.oneof(
    { weight: 30, arbitrary: fc.oneof(...toolCalls) },
    {
      weight: 4,
      arbitrary: fc
        .oneof(fc.constantFrom(...ids), handles)
        .map((id) => rpcCall('resources/read', { uri: id.includes('://') ? id : `memory://${id}` })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('resources/list', 'resources/templates/list', 'prompts/list', 'server/discover')
        .map((name) => rpcCall(name, {})),
    },
    {
      weight: 3,
      arbitrary: fc
        .oneof(fc.constantFrom(...positions), handles)
        .map((id) => plainCall({ path: '/events', headers: { 'last-event-id': id }, events: 2 })),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(method, fc.constantFrom('ping', 'tools/list')).map(([verb, name]) =>
        plainCall({
          method: verb,
          headers: { ...legacyHeaders, 'mcp-session-id': session },
          ...(verb === 'POST' ? { body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: name }) } : {}),
        }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(paths, handles)
        .map(([path, id]) => plainCall({ path: `${path}?owner=${alice}&id=${encodeURIComponent(id)}`, events: 1 })),
    },
  );
}

/** The secrets of Alice that an answer has and Bob did not say himself. */
function leaksIn(said: string, { text, headers }: RawAnswer): string[] {
  const told = text + JSON.stringify(headers);
  const secrets = [mark, session, ...ids, ...cursors, ...jobs, ...hooks].filter((secret) => told.includes(secret));
  return secrets.filter((secret) => !said.includes(secret));
}

test('an idempotency key of another user is a new one', async () => {
  for (const [n, key] of idempotencyKeys.slice(0, 20).entries()) {
    const args = { content: `bobs note ${n} ${randomUUID()}`, idempotency_key: key };
    const stored = await call(his, 'store_memory', args);
    expect(stored).toMatchObject({ created: true, version: 1 });
    expect(ids).not.toContain(stored['id']);
    expect((await call(his, 'store_memory', args))['id']).toBe(stored['id']);
  }
});

test('10,000 calls with everything that another user has tell nothing of it and change nothing of it', async () => {
  let calls = 0;
  const moves = fc.array(movesOfBob(), { minLength: CALLS_AT_ONCE, maxLength: CALLS_AT_ONCE });
  await fc.assert(
    fc.asyncProperty(moves, async (round) => {
      const answers = await Promise.all(round.map(({ make }) => make()));
      calls += answers.length;
      for (const [n, answer] of answers.entries()) {
        const said = round[n]?.said ?? '';
        expect({ said, leaks: leaksIn(said, answer) }).toEqual({ said, leaks: [] });
        expect(answer.status, said).toBeLessThan(500);
        expect(answer.text, said).not.toContain('MEMLANE_ERR_INTERNAL');
      }
    }),
    { numRuns: ROUNDS, endOnFailure: true },
  );
  expect(calls).toBeGreaterThanOrEqual(10_000);
  expect(await everythingOfAlice()).toEqual(before);
});

test('what another user has is told apart from what does not exist by nothing', async () => {
  const asks: readonly (readonly [string, (text: string) => Move])[] = [
    ['id', (id) => toolCall('get_memory', { id })],
    ['id', (id) => toolCall('get_memory', { id, history: true, as_of: '2026-01-01T00:00:00Z' })],
    ['id', (id) => toolCall('update_memory', { id, content: 'bobs own' })],
    ['id', (id) => toolCall('update_memory', { id, tags: [], expected_version: 1 })],
    ['id', (id) => toolCall('delete_memories', { ids: [id] })],
    ['id', (id) => toolCall('delete_memories', { ids: [id], dry_run: true })],
    ['id', (id) => rpcCall('resources/read', { uri: `memory://${id}` })],
    ['cursor', (cursor) => toolCall('list_memories', { limit: 5, cursor })],
    ['cursor', (cursor) => toolCall('search_memories', { query: 'house by the lake', limit: 5, cursor })],
    ['session', legacyPing],
    ['space', (space) => toolCall('search_memories', { query: 'house by the lake', spaces: ['own', space] })],
    ['space', (space) => toolCall('list_memories', { spaces: [space] })],
    ['space', (space) => toolCall('get_memory', { id: ids[0], spaces: [space] })],
    ['space', (space) => toolCall('store_memory', { content: 'of bob', space })],
    ['space', (space) => toolCall('store_memories', { memories: [{ content: 'of bob' }], space })],
    ['space', (space) => toolCall('update_memory', { id: ids[0], content: 'of bob', space })],
    ['space', (space) => toolCall('delete_memories', { ids: [ids[0]], dry_run: true, space })],
    ...(['get', 'cancel', 'retry'] as const).map(
      (action) => ['job', (id: string) => toolCall('jobs', { action, id })] as const,
    ),
    ['repository', (name) => toolCall('jobs', { action: 'history', repository: name })],
    ['repository', (name) => toolCall('remove_repository', { name })],
    ['repository', (name) => toolCall('search_code', { query: 'house', repositories: [name] })],
    ['repository', (name) => toolCall('find_symbol', { name: `${mark}Function`, repositories: [name] })],
    ['repository', (name) => toolCall('read_code', { repository: name, path: `${mark}.ts` })],
    ['repository', (name) => plainCall({ method: 'PUT', path: `/repositories/${name}/webhook` })],
    ['repository', (name) => plainCall({ method: 'DELETE', path: `/repositories/${name}/webhook` })],
    [
      'hook',
      (path) => plainCall({ method: 'POST', path, headers: { 'x-hub-signature-256': 'sha256=00' }, body: '{}' }),
    ],
  ];
  const known: Readonly<Record<string, readonly string[]>> = {
    id: ids,
    cursor: cursors,
    session: [session],
    space: spaces,
    job: jobs,
    repository: [repository],
    hook: hooks,
  };
  const runs = fc.tuple(fc.constantFrom(...asks), fc.nat(), fc.uuid({ version: 7 }));
  await fc.assert(
    fc.asyncProperty(runs, async ([[kind, ask], pick, other]) => {
      const values = known[kind] ?? [];
      const real = values[pick % values.length] ?? '';
      const unreal = unrealOf(kind, real, other);
      const [one, two] = [await ask(real).make(), await ask(unreal).make()];
      expect(plain(one, real)).toEqual(plain(two, unreal));
    }),
    { numRuns: 300, endOnFailure: true },
  );
});

test.each<readonly [string, () => readonly string[], (text: string) => Move]>([
  ['a memory', () => ids, (id) => toolCall('get_memory', { id })],
  ['a cursor', () => cursors, (cursor) => toolCall('list_memories', { limit: 5, cursor })],
  ['a space', () => spaces, (space) => toolCall('list_memories', { spaces: [space] })],
  ['a job', () => jobs, (id) => toolCall('jobs', { action: 'get', id })],
  ['a repository', () => [repository], (name) => toolCall('read_code', { repository: name, path: `${mark}.ts` })],
  ['a session', () => [session], legacyPing],
])('%s of another user is refused in the time that it takes for what does not exist', async (_what, known, ask) => {
  const unrealFor = (real: string) => (spaces.includes(real) ? `${alice}/${turnLetters(mark)}` : turnLetters(real));
  // Made beforehand: only the calls are timed.
  const moves = known().map((real) => [ask(real), ask(unrealFor(real))] as const);
  const callOf = (which: 0 | 1) => async (pair: number) => {
    await moves[pair % moves.length]?.[which].make();
  };
  // What is there shows each time; what only chance has made does not.
  let difference = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && difference >= CLEAR; attempt += 1)
    difference = Math.abs(await compareTimes(TIMED_PAIRS, callOf(0), callOf(1)));
  expect(difference).toBeLessThan(CLEAR);
});

/** What is of the same form, and of nothing. */
function unrealOf(kind: string, real: string, uuid: string): string {
  if (kind === 'id') return uuid;
  return kind === 'space' ? `${/[0-7]$/.test(uuid) ? alice : uuid}/${uuid}` : turnLetters(real);
}

/** Of the same form, and never given out. */
function turnLetters(text: string): string {
  return text.replace(/[a-f0-9]/g, (letter) => (parseInt(letter, 16) ^ 1).toString(16));
}

/** An answer without what it repeats of the request, where the log stands, and which request it was. */
function plain({ status, text }: RawAnswer, handle: string): unknown {
  const same = text
    .replaceAll(handle, 'HANDLE')
    .replaceAll(/\d+\.[0-9a-z]{1,8}\.\d+/g, 'POSITION')
    .replaceAll(/"behind":\d+/g, 'BEHIND');
  return { status, same };
}
