import { join } from 'node:path';
import { parsePosition, type JobProgress } from '@memlane/contracts';
import { createRepository } from '@memlane/testkit';
import { Client, StreamableHTTPClientTransport, type Progress } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openEvents } from './events.support.spec.js';
import { startProduct, type Product } from './product.support.spec.js';

let product: Product;
let key: string;

beforeAll(async () => {
  product = await startProduct({}, { code: true });
  key = await product.makeKey('ana');
});

afterAll(async () => {
  await product.stop();
});

type Job = Record<string, unknown> & { id: string };

const jobOf = (answer: { structuredContent: Record<string, unknown> }) => answer.structuredContent['job'] as Job;
const jobsOf = async (args: Record<string, unknown>, of = key) =>
  (await product.call(of, 'jobs', args)).structuredContent['jobs'] as Job[];

describe('sync_repository', () => {
  test('waits for the end when it is asked to, and again records nothing', async () => {
    const repository = await createRepository(join(product.repositoryRoot, 'shop'));
    const commit = await repository.commit({ 'a.ts': 'a', 'x.png': 'x' });
    const first = await product.call(key, 'sync_repository', { source: repository.path, wait: true });
    expect(first.structuredContent).toMatchObject({ repository: 'shop', joined: false });
    expect(jobOf(first)).toMatchObject({
      state: 'done',
      phase: 'ended',
      commit,
      files: 1,
      skipped: 1,
      done: 2,
      total: 2,
    });
    const second = await product.call(key, 'sync_repository', { source: repository.path, wait: true });
    expect(jobOf(second)).toMatchObject({ state: 'done', commit, files: 0 });
  });

  test('answers the job at once without waiting, and jobs finds it', async () => {
    const repository = await createRepository(join(product.repositoryRoot, 'later'));
    await repository.commit({ 'a.ts': 'a' });
    const { id } = jobOf(await product.call(key, 'sync_repository', { source: repository.path }));
    await expect
      .poll(async () => (await jobsOf({ action: 'get', id }))[0]?.['state'], { timeout: 20_000 })
      .toBe('done');
    const named = { id, repository: 'later', ended_at: expect.any(String) as string };
    expect(await jobsOf({ action: 'list' })).toContainEqual(expect.objectContaining(named));
    expect(await jobsOf({ action: 'get', id })).toMatchObject([named]);
    expect(await jobsOf({ action: 'list' }, await product.makeKey('bob'))).toEqual([]);
  });

  test.each(['ext::id', 'file:///etc', '/etc', 'https://ana:pw@git.example/x', '--upload-pack=id'])(
    'refuses the source %s by name',
    async (source) => {
      const { isError, structuredContent } = await product.call(key, 'sync_repository', { source });
      expect(isError).toBe(true);
      expect(structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_INVALID_SOURCE', field: 'source' });
    },
  );

  test.each([
    [{ source: 'https://git.example/x', ref: '--force' }, 'ref'],
    [{ source: 'https://git.example/x', ref: 'a..b' }, 'ref'],
    [{ source: 'https://git.example/x', name: '../x' }, 'name'],
    [{ source: 'https://git.example/x', depth: 1 }, 'depth'],
  ])('refuses %j by its field', async (args, field) => {
    const { structuredContent } = await product.call(key, 'sync_repository', args);
    expect(structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_INVALID_INPUT', field });
  });
});

describe('how far a sync is', () => {
  const manyFiles = Object.fromEntries(
    Array.from({ length: 1_200 }, (_, n) => [`f${n}.ts`, `export const f = ${n};\n`]),
  );
  const asKey = {
    requestInit: {
      headers: {
        get authorization() {
          return `Bearer ${key}`;
        },
      },
    },
  };

  async function connectModern(): Promise<Client> {
    const client = new Client({ name: 'test', version: '0' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await client.connect(new StreamableHTTPClientTransport(new URL(product.url), asKey));
    return client;
  }
  async function connectOld(): Promise<ClientV1> {
    const client = new ClientV1({ name: 'test', version: '0' });
    await client.connect(new TransportV1(new URL(product.url), asKey));
    return client;
  }

  test.each([
    ['of 2026-07-28', connectModern],
    ['of the 2025 revisions', connectOld],
  ])('is told to an MCP client %s that waits, without being asked to wait', async (era, connect) => {
    const repository = await createRepository(join(product.repositoryRoot, `far-${era.length}`));
    await repository.commit(manyFiles);
    const client = await connect();
    const heard: Progress[] = [];
    const call = { name: 'sync_repository', arguments: { source: repository.path } };
    const onprogress = (progress: Progress) => void heard.push(progress);
    const answer =
      client instanceof Client
        ? await client.callTool(call, { onprogress })
        : await client.callTool(call, undefined, { onprogress });
    expect(answer.structuredContent).toMatchObject({ job: { state: 'done', files: 1_200 } });
    const steps = heard.map(({ progress }) => progress);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
    expect(heard.map(({ message }) => message?.split(' ')[0])).toContain('recording');
    expect(heard.at(-1)).toMatchObject({ progress: 100, total: 100 });
    await client.close();
  });

  test('is heard of by everyone of that owner and nobody else, and what happened is not lost to who was away', async () => {
    const repository = await createRepository(join(product.repositoryRoot, 'heard'));
    await repository.commit(manyFiles);
    const others = await openEvents(product.url, { key: await product.makeKey('zoe') });
    const memoriesOnly = await openEvents(product.url, { key: await product.makeKey('ana', ['memory:read']) });
    const narrowed = await openEvents(product.url, { key, search: '?types=job-progress' });
    const leaves = await openEvents(product.url, { key });
    const stays = await openEvents(product.url, { key: await product.makeKey('ana') });
    const first = jobOf(await product.call(key, 'sync_repository', { source: repository.path }));
    await vi.waitFor(() => expect(leaves.seen.some(({ event }) => event === 'commit')).toBe(true));
    const lastEventId = leaves.lastId();
    leaves.close();

    const progressOf = (event: { data: unknown }) => event.data as JobProgress;
    await vi.waitFor(() =>
      expect(stays.seen.filter(({ event }) => event === 'job').map(progressOf)).toContainEqual(
        expect.objectContaining({ id: first.id, state: 'done', phase: 'ended' }),
      ),
    );
    const phases = stays.seen.filter(({ event }) => event === 'job').map((event) => progressOf(event).phase);
    expect([...new Set(phases)]).toEqual(['fetching', 'recording', 'completing', 'ended']);
    expect(stays.seen.filter(({ event, id }) => event === 'job' && id !== '')).toEqual([]);
    expect(new Set(narrowed.seen.map(({ event }) => event))).toEqual(new Set(['job']));

    const back = await openEvents(product.url, { key, lastEventId });
    const endOf = ({ data }: { data: unknown }) => JSON.stringify(data).includes('repository-synced');
    await vi.waitFor(() => expect(back.seen.filter(({ event }) => event === 'commit').some(endOf)).toBe(true));
    expect([others.seen, memoriesOnly.seen]).toEqual([[], []]);
    for (const client of [others, memoriesOnly, narrowed, stays, back]) client.close();
  });
});

test('a failed job says why, and can be started again', async () => {
  const owner = await product.makeKey('cleo');
  const repository = await createRepository(join(product.repositoryRoot, 'empty'));
  const failed = jobOf(await product.call(owner, 'sync_repository', { source: repository.path, wait: true }));
  expect(failed).toMatchObject({ state: 'failed', reason: 'empty' });
  await repository.commit({ 'a.ts': 'a' });
  const [again] = await jobsOf({ action: 'retry', id: failed.id }, owner);
  await expect
    .poll(async () => (await jobsOf({ action: 'get', id: again?.id }, owner))[0]?.['state'], { timeout: 20_000 })
    .toBe('done');
});

test('a job of somebody else is not there', async () => {
  const [job] = await jobsOf({ action: 'list' });
  const other = await product.makeKey('dora');
  const position = (await product.call(key, 'list_repositories')).structuredContent['position'];
  expect(await jobsOf({ action: 'history', position })).not.toEqual([]);
  const { structuredContent: unknown } = await product.call(other, 'jobs', { action: 'history', repository: 'shop' });
  expect(unknown.error).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND', field: 'repository' });
  for (const action of ['get', 'cancel', 'retry']) {
    const { structuredContent } = await product.call(other, 'jobs', { action, id: job?.id });
    expect(structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND' });
  }
});

test('a file is a resource, to its owner only', async () => {
  const owner = await product.makeKey('finn');
  const repository = await createRepository(join(product.repositoryRoot, 'shelf'));
  const commit = await repository.commit({ 'src/a.ts': 'export function open() {}\n\nexport function close() {}\n' });
  await product.call(owner, 'sync_repository', { source: repository.path, wait: true });
  const read = (uri: string, of = owner) => product.rpc(of, 'resources/read', { uri });
  const uri = 'repo://shelf/src/a.ts';
  await vi.waitFor(async () => expect((await read(uri)).error).toBeUndefined());
  expect((await read(uri)).result).toMatchObject({
    contents: [{ uri, mimeType: 'text/plain', text: expect.stringContaining('open') as string, _meta: { commit } }],
  });
  for (const location of ['L3', 'L3-L3', 'close'])
    expect((await read(`${uri}#${location}`)).result).toMatchObject({
      contents: [{ text: 'export function close() {}', _meta: { start_line: 3, end_line: 3 } }],
    });
  const { error } = await read('repo://never-was/src/a.ts');
  const stranger = await product.makeKey('gina');
  expect((await read('repo://never-was/src/a.ts', stranger)).error).toEqual(error);
  expect((await read(uri, stranger)).error?.code).toBe(error?.code);
  expect((await read(uri, stranger)).error?.message).toBe(error?.message.replace('never-was', 'shelf'));
  expect((await read(uri, await product.makeKey('finn', ['memory:read']))).error?.code).toBe(error?.code);
  const { result } = await product.rpc(owner, 'resources/templates/list', {});
  expect(JSON.stringify(result)).toContain('repo://{repository}/{+path}{#location}');
});

describe('memories that name code', () => {
  const open = 'export function openDoor() {}\n';
  const knob = 'export function turnKnob() {}\n';
  const seen = (answer: { structuredContent: Record<string, unknown> }) => {
    const hits = answer.structuredContent['hits'] as { path: string; memories?: { id: string; state: string }[] }[];
    return hits.flatMap(({ path, memories = [] }) => memories.map(({ id, state }) => `${path} ${id} ${state}`)).sort();
  };

  test('come with the code when they are asked for, and follow it', async () => {
    const owner = await product.makeKey('hana');
    const repository = await createRepository(join(product.repositoryRoot, 'house'));
    const sync = async () => {
      const { structuredContent } = await product.call(owner, 'sync_repository', {
        source: repository.path,
        wait: true,
      });
      const position = structuredContent['position'];
      const reach = () => product.call(owner, 'list_repositories', { position });
      await vi.waitFor(async () => expect((await reach()).isError).toBeFalsy());
    };
    const store = async (content: string, more: object = {}, of = owner) =>
      String((await product.call(of, 'store_memory', { content, ...more })).structuredContent['id']);
    const search = (args: object = {}, of = owner) =>
      product.call(of, 'search_code', { query: 'openDoor turnKnob', memories: true, ...args });

    await repository.commit({ 'src/door.ts': open, 'src/knob.ts': knob });
    await sync();
    const door = await store('Doors open inwards, see repo://house/src/door.ts.');
    const symbol = await store('Clockwise only', { metadata: { code: ['repo://house/src/knob.ts#turnKnob'] } });
    const lines = await store('repo://house/src/door.ts#L1-L2 is the only export');
    await store('repo://other/src/door.ts is of another house');
    expect(seen(await search())).toEqual(
      [`src/door.ts ${door} current`, `src/door.ts ${lines} current`, `src/knob.ts ${symbol} current`].sort(),
    );
    const { structuredContent } = await search({ limit: 1, query: 'turnKnob' });
    expect(structuredContent).toMatchObject({
      hits: [{ memories: [{ id: symbol, uri: 'repo://house/src/knob.ts#turnKnob', state: 'current' }] }],
      memories: [{ id: symbol, content: 'Clockwise only', type: null, cut: false }],
      legs: { memories: 'ok' },
    });
    const unasked = await search({ memories: false });
    expect(JSON.stringify(unasked.structuredContent)).not.toMatch(/memories|names/);

    await repository.commit({ 'src/door.ts': `// Opens it.\n${open}`, 'src/knob.ts': null, 'lib/knob.ts': knob });
    await sync();
    expect(seen(await search())).toEqual(
      [`src/door.ts ${door} current`, `src/door.ts ${lines} stale`, `lib/knob.ts ${symbol} moved`].sort(),
    );
    await product.call(owner, 'delete_memories', { ids: [door, lines] });
    expect(seen(await search())).toEqual([`lib/knob.ts ${symbol} moved`]);

    const blind = await product.makeKey('hana', ['code:read']);
    expect((await search({}, blind)).structuredContent).toMatchObject({
      error: { code: 'MEMLANE_ERR_FORBIDDEN', details: { scope: 'memory:read' } },
    });
    expect((await search({ memories: false }, blind)).isError).toBeFalsy();
  });

  test('are those of the caller only, and code comes without them when they cannot be read', async () => {
    const repository = await createRepository(join(product.repositoryRoot, 'shed'));
    await repository.commit({ 'src/door.ts': open });
    const [ivan, jana] = [await product.makeKey('ivan'), await product.makeKey('jana')];
    for (const of of [ivan, jana]) {
      await product.call(of, 'sync_repository', { source: repository.path, wait: true });
      await vi.waitFor(async () => {
        const { structuredContent } = await product.call(of, 'search_code', { query: 'openDoor' });
        expect(structuredContent['hits']).toHaveLength(1);
      });
    }
    const search = (of: string) => product.call(of, 'search_code', { query: 'openDoor', memories: true });
    await product.call(ivan, 'store_memory', { content: 'of Ivan: repo://shed/src/door.ts' });
    expect(seen(await search(ivan))).toHaveLength(1);
    expect(JSON.stringify((await search(jana)).structuredContent)).not.toContain('Ivan');
    expect((await search(jana)).structuredContent).toMatchObject({ memories: [], legs: { memories: 'ok' } });

    await product.stopService('query');
    expect((await search(ivan)).structuredContent).toMatchObject({
      hits: [{ path: 'src/door.ts' }],
      legs: { text: 'ok', memories: 'unavailable' },
    });
    await product.startService('query');
  });
});

test('a removed repository is gone with its jobs', async () => {
  const owner = await product.makeKey('emil');
  const repository = await createRepository(join(product.repositoryRoot, 'gone'));
  await repository.commit({ 'a.ts': 'a' });
  const synced = await product.call(owner, 'sync_repository', { source: repository.path, wait: true });
  const removed = await product.call(owner, 'remove_repository', { name: 'gone' });
  expect(removed.isError).toBeFalsy();
  // Who waited for the end knows where it is: nothing of the sync comes after it.
  const [end, removal] = [synced, removed].map((answer) => parsePosition(String(answer.structuredContent['position'])));
  expect(end?.seq).toBe((removal?.seq ?? 0) - 1);
  expect(await jobsOf({ action: 'list' }, owner)).toEqual([]);
  const again = await product.call(owner, 'remove_repository', { name: 'gone' });
  expect(again.structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND' });
});
