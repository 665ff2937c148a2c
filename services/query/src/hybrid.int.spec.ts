import { createHash } from 'node:crypto';
import { headers, live, queries, readEnv, type Env, type MemoryEvent, type QueryAnswer } from '@memlane/contracts';
import { start as startEmbedder } from '@memlane/embedder';
import { connectNats, openLog, type EventLog } from '@memlane/event-log';
import { start as startProjector } from '@memlane/memory-projector';
import { createLogger } from '@memlane/telemetry';
import {
  modelDir,
  startChroma,
  startNatsServer,
  tempDir,
  type TestChroma,
  type TestNatsServer,
} from '@memlane/testkit';
import { start as startVectors } from '@memlane/vector-projector';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { start } from './start.js';

const WAIT = { timeout: 40_000, interval: 50 };

let server: TestNatsServer;
let chroma: TestChroma;
let log: EventLog;
let env: Env;
let embedder: { stop(): Promise<void> };
let vectors: { stop(): Promise<void> };
const services: { stop(): Promise<void> }[] = [];
let lastSeq = 0;

async function append(...events: MemoryEvent[]): Promise<string> {
  const commit = {
    v: 1 as const,
    commandId: `c${lastSeq}`,
    fingerprint: '',
    owner: 'ann',
    actor: 'key',
    client: 'test',
    at: new Date().toISOString(),
    correlationId: 'x',
    events: events.map(({ type, data }, index) => ({ id: `e${index}`, type, v: 1, data })),
    result: null,
  };
  const appended = await log.append(commit, { aggregate: 'memory', expectedLastSubjectSeq: lastSeq });
  if (!appended.ok) throw new Error(appended.reason);
  lastSeq = appended.seq;
  return `0.${log.epoch(0)}.${lastSeq}`;
}

function stored(id: string, content: string, tags: string[] = []): MemoryEvent {
  const content_hash = createHash('sha256').update(content).digest('hex');
  const rest = { type: null, tags, metadata: {}, conversation_id: null, expires_at: null };
  return { type: 'memory-stored', data: { id, content, content_hash, ...rest } };
}

async function search(raw: Record<string, unknown>): Promise<QueryAnswer<'search-memories'>> {
  const input = queries['search-memories'].input.parse(raw);
  const body = JSON.stringify({ owner: 'ann', input });
  const message = await log.nc.request(live.query('search-memories'), body, { timeout: 10_000 });
  expect(message.headers?.get(headers.error) ?? '').toBe('');
  return queries['search-memories'].answer.parse(message.json());
}

const idsOf = ({ memories }: { memories: readonly { id: string }[] }) => memories.map(({ id }) => id);

/** Number of vectors in each collection, by the collection's name. */
async function collectionSizes(): Promise<Record<string, number>> {
  const list = (await (await fetch(collectionsUrl())).json()) as { id: string; name: string }[];
  const sizes = list.map(async ({ id, name }) => {
    const answer = await fetch(`${collectionsUrl()}/${id}/count`);
    return [name, (await answer.json()) as number] as const;
  });
  return Object.fromEntries(await Promise.all(sizes));
}

const collectionsUrl = () => `${chroma.url}/api/v2/tenants/default_tenant/databases/default_database/collections`;

/** Whether the vector projector, which writes to Chroma, reaches it. */
async function chromaState(): Promise<string> {
  const message = await log.nc.request(live.admin('vector-projector', 'status'), undefined, { timeout: 10_000 });
  return message.json<{ chroma: string }>().chroma;
}

async function expectFound(query: string, id: string, position?: string): Promise<void> {
  const answer = await search({ query, mode: 'semantic', ...(position && { position }) });
  expect(answer.legs.vectors).toBe('ok');
  expect(idsOf(answer)[0]).toBe(id);
}

/** Deletes all collections and waits until they are back. Nothing is written: only a search that asks Chroma can tell of it. */
async function expectRefill(): Promise<void> {
  const before = await collectionSizes();
  for (const name of Object.keys(before)) await fetch(`${collectionsUrl()}/${name}`, { method: 'DELETE' });
  expect(await collectionSizes()).toEqual({});
  await vi.waitFor(async () => {
    await expectFound('boat trip on the ocean', 'sea');
    expect(await collectionSizes()).toEqual(before);
  }, WAIT);
}

const config = (service: string) => ({ env, log: createLogger(service, 'error') });

beforeAll(async () => {
  server = await startNatsServer();
  chroma = await startChroma();
  env = readEnv({
    ...server.env,
    MEMLANE_PARTITIONS: '1',
    MEMLANE_DATA_DIR: await tempDir(),
    MEMLANE_MODEL_DIR: await modelDir(),
    MEMLANE_CHROMA_URL: chroma.url,
    MEMLANE_CHROMA_FROM: '0',
  });
  log = await openLog(await connectNats(env, { name: 'test' }), { partitions: 1, replicas: 1 });
  embedder = await startEmbedder(config('embedder'));
  vectors = await startVectors(config('vector-projector'));
  services.push(await startProjector(config('memory-projector')), await start(config('query'), { exactUpTo: 0 }));
});

afterAll(async () => {
  for (const service of [vectors, ...services.toReversed()]) await service.stop();
  await log.nc.close();
  await chroma.stop();
  await server.stop();
});

describe('the vector leg', () => {
  it('finds by meaning what shares no word with the query, in the write that the position names', async () => {
    await append(
      stored('car', 'My automobile needs new tyres', ['home']),
      stored('food', 'Grandmother bakes apple pie on Sundays', ['home']),
      stored('work', 'The quarterly budget meeting moved to Thursday', ['office']),
    );
    const position = await append(stored('dog', 'Our puppy chewed the sofa', ['home']));
    await vi.waitFor(async () => {
      const answer = await search({ query: 'vehicle maintenance', position, explain: true });
      expect(answer.legs).toEqual({ text: 'ok', vectors: 'ok' });
      expect(answer.memories[0]).toMatchObject({ id: 'car', legs: { vectors: { rank: 1 } } });
    }, WAIT);
    expect(idsOf(await search({ query: 'naughty young dog', mode: 'semantic' }))[0]).toBe('dog');
  });

  it('keeps to the filters', async () => {
    expect(idsOf(await search({ query: 'vehicle maintenance', tags: ['office'] }))).toEqual(['work']);
    expect(idsOf(await search({ query: 'vehicle maintenance', tags: ['none'] }))).toEqual([]);
    expect(idsOf(await search({ query: 'vehicle maintenance', time: 'yesterday' }))).toEqual([]);
  });

  it('sees a fresh write by its position', async () => {
    const position = await append(stored('sea', 'We sailed along the coast in strong wind'));
    const answer = await search({ query: 'boat trip on the ocean', mode: 'semantic', position });
    expect(answer.legs.vectors).toBe('ok');
    expect(idsOf(answer)[0]).toBe('sea');
  });

  it('sees the write that a position names when no vectors are made, and says what it lacks', async () => {
    await vectors.stop();
    const position = await append(stored('ski', 'The slopes were covered with fresh powder'));
    const answer = await search({ query: 'winter sports in the mountains', mode: 'semantic', position });
    expect(answer.legs.vectors).toBe('ok');
    expect(idsOf(answer)[0]).toBe('ski');

    const many = Array.from({ length: 30 }, (_, i) => `tax${i}`);
    await append(...many.map((id, i) => stored(id, `Tax return of the year ${1990 + i}`)));
    const last = await append(stored('cat', 'The kitten sleeps on the radiator'));
    const late = await search({ query: 'a young cat taking a nap near the heater', mode: 'semantic', position: last });
    expect(late.legs.vectors).toBe('behind');
    expect(idsOf(late)[0]).toBe('cat');
    // Without a position a search takes what is there.
    const plain = await search({ query: 'a young cat taking a nap near the heater', mode: 'semantic' });
    expect(plain.legs.vectors).toBe('behind');
    expect(idsOf(plain)).not.toContain('cat');

    vectors = await startVectors(config('vector-projector'));
    await vi.waitFor(async () => {
      const caughtUp = await search({ query: 'a young cat taking a nap near the heater', mode: 'semantic' });
      expect(caughtUp.legs.vectors).toBe('ok');
      expect(idsOf(caughtUp)[0]).toBe('cat');
    }, WAIT);
    await append({ type: 'memories-deleted', data: { ids: ['ski', 'cat', ...many] } });
  });

  it('never finds a deleted memory, even before its vectors are gone', async () => {
    const position = await append({ type: 'memories-deleted', data: { ids: ['car'] } });
    expect(idsOf(await search({ query: 'vehicle maintenance', mode: 'semantic', position }))).not.toContain('car');
  });

  it('kill-9-of-chroma-leaves-both-legs-whole, and it is asked again when it is back', async () => {
    await vi.waitFor(async () => expect(Object.values(await collectionSizes())).toEqual([4]), WAIT);
    await chroma.kill9();
    // By word, by meaning, and by meaning what is written while it is away: the exact tier has all of it.
    const position = await append(stored('song', 'The violinist played a slow sonata'));
    const byWord = await search({ query: 'sofa', explain: true });
    expect(byWord.legs).toEqual({ text: 'ok', vectors: 'ok' });
    expect(byWord.memories[0]).toMatchObject({ id: 'dog', legs: { text: { rank: 1 }, vectors: { rank: 1 } } });
    await expectFound('boat trip on the ocean', 'sea');
    await expectFound('classical music concert', 'song', position);
    await vi.waitFor(async () => expect(await chromaState()).toBe('away'), WAIT);
    await expectFound('classical music concert', 'song');

    await chroma.restart();
    await vi.waitFor(async () => expect(Object.values(await collectionSizes())).toEqual([5]), WAIT);
    // Said after what was missing is there.
    await vi.waitFor(async () => expect(await chromaState()).toBe('ok'), WAIT);
    await expectRefill();
    await append({ type: 'memories-deleted', data: { ids: ['song'] } });
  });

  it('has a collection that is gone refilled, and finds everything meanwhile', async () => {
    // Everything but the memories that were deleted.
    await vi.waitFor(async () => expect(Object.values(await collectionSizes())).toEqual([4]), WAIT);
    await expectRefill();
  });

  it('says that it is unavailable when the embedder is away, and text search goes on', async () => {
    await embedder.stop();
    const answer = await search({ query: 'puppy' });
    expect(answer.legs).toEqual({ text: 'ok', vectors: 'unavailable' });
    expect(idsOf(answer)).toEqual(['dog']);
  });
});
