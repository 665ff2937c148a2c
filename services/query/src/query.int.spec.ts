import { createHash } from 'node:crypto';
import {
  dataPaths,
  formatPosition,
  headers,
  limit,
  live,
  parseInput,
  partitionOf,
  queries,
  readEnv,
  type AggregateKind,
  type Env,
  type ErrorBody,
  type MemoryEvent,
  type QueryAnswer,
  type QueryName,
  type SharingEvent,
} from '@memlane/contracts';
import { connectNats, openLog, type EventLog } from '@memlane/event-log';
import { start as startProjector } from '@memlane/memory-projector';
import { readGeneration } from '@memlane/read-model';
import { createLogger } from '@memlane/telemetry';
import { damageFile, damageTable, startNatsServer, tempDir, type TestNatsServer } from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { start } from './start.js';

const PARTITIONS = 2;
const WAIT = { timeout: 20_000, interval: 20 };

let server: TestNatsServer;
let log: EventLog;
let env: Env;
let startProjectorHere: () => Promise<{ stop(): Promise<void> }>;
let projector: { stop(): Promise<void> };
let query: { stop(): Promise<void> };
const lastSeqs = new Map<string, number>();
let commits = 0;

/** Appends one commit and returns its position. */
async function append(
  owner: string,
  events: readonly (MemoryEvent | SharingEvent)[],
  at = new Date(),
  aggregate: AggregateKind = 'memory',
): Promise<string> {
  const appended = await log.append(
    {
      v: 1,
      commandId: `c${++commits}`,
      fingerprint: '',
      owner,
      actor: 'key',
      client: 'test',
      at: at.toISOString(),
      correlationId: 'x',
      events: events.map(({ type, data }, index) => ({ id: `e${index}`, type, v: 1, data })),
      result: null,
    },
    { aggregate, expectedLastSubjectSeq: lastSeqs.get(owner) ?? 0 },
  );
  if (!appended.ok) throw new Error(appended.reason);
  lastSeqs.set(owner, appended.seq);
  return positionOf(owner, appended.seq);
}

function positionOf(owner: string, seq: number): string {
  const partition = partitionOf(owner, PARTITIONS);
  return formatPosition({ partition, epoch: log.epoch(partition), seq });
}

function stored(
  id: string,
  content: string,
  more: { tags?: string[]; type?: string; expires_at?: string } = {},
): MemoryEvent {
  const content_hash = createHash('sha256').update(content).digest('hex');
  const rest = { type: null, tags: [], metadata: {}, conversation_id: null, expires_at: null };
  return { type: 'memory-stored', data: { id, content, content_hash, ...rest, ...more } };
}

async function ask<N extends QueryName>(name: N, owner: string, raw: Record<string, unknown>): Promise<QueryAnswer<N>> {
  const input = parseInput(queries[name].input, raw);
  if (!input.ok) throw new Error(input.error.message);
  const body = JSON.stringify({ owner, input: input.value });
  const message = await log.nc.request(live.query(name), body, { timeout: 10_000 });
  if (message.headers?.get(headers.error))
    throw Object.assign(new Error('refused'), { body: message.json<ErrorBody>() });
  return queries[name].answer.parse(message.json()) as QueryAnswer<N>;
}

const refusal = (code: string) =>
  expect.objectContaining({ body: expect.objectContaining({ code }) as ErrorBody }) as Error;
const idsOf = ({ memories }: { memories: readonly { id: string }[] }) => memories.map(({ id }) => id);

async function walk(
  name: 'search-memories' | 'list-memories',
  owner: string,
  input: Record<string, unknown>,
): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(name, owner, { ...input, ...(cursor !== undefined && { cursor }) });
    seen.push(...idsOf(page));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return seen;
}

beforeAll(async () => {
  server = await startNatsServer();
  env = readEnv({
    ...server.env,
    MEMLANE_PARTITIONS: String(PARTITIONS),
    MEMLANE_DATA_DIR: await tempDir(),
    MEMLANE_EMBEDDINGS: 'none',
  });
  log = await openLog(await connectNats(env, { name: 'test' }), { partitions: PARTITIONS, replicas: 1 });
  startProjectorHere = () => startProjector({ env, log: createLogger('memory-projector', 'error') });
  [query, projector] = await Promise.all([start({ env, log: createLogger('query', 'error') }), startProjectorHere()]);
});

afterAll(async () => {
  await query.stop();
  await projector.stop();
  await log.nc.close();
  await server.stop();
});

describe('a search', () => {
  it('finds by word, tag, type and time, and sees the write whose position it has', async () => {
    const yesterday = new Date(Date.now() - 86_400_000);
    await append('ann', [stored('pg', 'We chose PostgreSQL', { tags: ['db'], type: 'decision' })], yesterday);
    const position = await append('ann', [stored('my', 'MySQL was slower than PostgreSQL', { tags: ['db', 'perf'] })]);
    const search = (input: Record<string, unknown>) =>
      ask('search-memories', 'ann', { query: 'PostgreSQL', position, ...input });
    const all = await search({ explain: true });
    expect(idsOf(all).toSorted()).toEqual(['my', 'pg']);
    expect(all.legs).toEqual({ text: 'ok', vectors: 'off' });
    expect(all.memories[0]?.legs).toEqual({ text: { rank: 1 } });
    expect(all).toMatchObject({ position, behind: 0 });
    expect(idsOf(await search({ time: 'yesterday' }))).toEqual(['pg']);
    expect(idsOf(await search({ tags: ['db', 'perf'], tags_match: 'all' }))).toEqual(['my']);
    expect(idsOf(await search({ type: 'decision' }))).toEqual(['pg']);
    expect(idsOf(await search({ mode: 'exact', query: 'was SLOW' }))).toEqual(['my']);
    expect(idsOf(await search({ query: 'AND OR NOT "' }))).toEqual([]);
  });

  it('never finds what belongs to somebody else', async () => {
    const position = await append('bob', [stored('his', 'PostgreSQL password')]);
    expect(idsOf(await ask('search-memories', 'bob', { query: 'password', position }))).toEqual(['his']);
    expect(idsOf(await ask('search-memories', 'ann', { query: 'password' }))).toEqual([]);
    await expect(ask('get-memory', 'ann', { id: 'his' })).rejects.toEqual(refusal('MEMLANE_ERR_NOT_FOUND'));
  });

  it('by meaning only finds nothing without vectors, and says so', async () => {
    const answer = await ask('search-memories', 'ann', { query: 'PostgreSQL', mode: 'semantic' });
    expect(answer).toMatchObject({ memories: [], legs: { text: 'off', vectors: 'off' } });
  });

  it('does not find what has expired', async () => {
    const soon = new Date(Date.now() + 400).toISOString();
    const position = await append('ann', [stored('brief', 'ephemeral thing', { expires_at: soon })]);
    await vi.waitFor(
      async () => expect(idsOf(await ask('search-memories', 'ann', { query: 'ephemeral', position }))).toEqual([]),
      WAIT,
    );
    await expect(ask('get-memory', 'ann', { id: 'brief' })).rejects.toEqual(refusal('MEMLANE_ERR_NOT_FOUND'));
  });

  it('refuses a time that it does not understand', async () => {
    await expect(ask('search-memories', 'ann', { query: 'x', time: 'when pigs fly' })).rejects.toEqual(
      refusal('MEMLANE_ERR_INVALID_TIME'),
    );
  });
});

describe('pages', () => {
  it('have every memory once, whichever way they are asked for', async () => {
    const ids = Array.from({ length: 57 }, (_, n) => `page-${n}`);
    for (const id of ids) await append('cat', [stored(id, `entry number ${id}`)]);
    const position = positionOf('cat', lastSeqs.get('cat') ?? 0);
    const newestFirst = ids.toReversed();
    expect(await walk('list-memories', 'cat', { limit: 10, position })).toEqual(newestFirst);
    expect(await walk('search-memories', 'cat', { query: 'entry', mode: 'exact', limit: 10 })).toEqual(newestFirst);
    const ranked = await walk('search-memories', 'cat', { query: 'entry', limit: 10, time: 'today' });
    expect(ranked.toSorted()).toEqual(ids.toSorted());
    expect((await ask('list-memories', 'cat', { limit: 1 })).total).toBe(57);
  });

  it('are cut to what one answer may hold, whatever the memories consist of', async () => {
    const ids = Array.from({ length: 7 }, (_, n) => `wide-${n}`);
    // JSON writes a control character with six bytes.
    for (const id of ids) await append('kit', [stored(id, `wide ${id} ${'\u0001'.repeat(65_000)}`)]);
    const position = positionOf('kit', lastSeqs.get('kit') ?? 0);
    const newestFirst = ids.toReversed();
    const first = await ask('list-memories', 'kit', { position });
    expect(idsOf(first)).toEqual(newestFirst.slice(0, 2));
    expect(Buffer.byteLength(JSON.stringify(first))).toBeLessThanOrEqual(limit('answer_bytes'));
    expect(await walk('list-memories', 'kit', { limit: 100 })).toEqual(newestFirst);
    expect(await walk('search-memories', 'kit', { query: 'wide', mode: 'exact', limit: 100 })).toEqual(newestFirst);
    const ranked = await walk('search-memories', 'kit', { query: 'wide', limit: 100 });
    expect(ranked.toSorted()).toEqual(ids);
  });

  it('go on without gaps while memories are stored', async () => {
    const first = await ask('list-memories', 'cat', { limit: 10 });
    const position = await append('cat', [stored('late', 'stored between two pages')]);
    const second = await ask('list-memories', 'cat', { limit: 10, cursor: first.next_cursor, position });
    expect(idsOf(first).at(-1)).toBe('page-47');
    expect(idsOf(second)[0]).toBe('page-46');
  });

  it('refuse a cursor of another owner or another query', async () => {
    const { next_cursor: cursor } = await ask('list-memories', 'cat', { limit: 10 });
    const refused = refusal('MEMLANE_ERR_INVALID_CURSOR');
    await expect(ask('list-memories', 'ann', { cursor })).rejects.toEqual(refused);
    await expect(ask('list-memories', 'cat', { cursor, type: 'x' })).rejects.toEqual(refused);
    await expect(ask('search-memories', 'cat', { query: 'entry', cursor })).rejects.toEqual(refused);
    await expect(ask('list-memories', 'cat', { cursor: 'broken' })).rejects.toEqual(refused);
  });
});

describe('a position', () => {
  it('of another owner, another log or none at all is unknown', async () => {
    const other = ['dan', 'eve', 'fay', 'gus'].find(
      (name) => partitionOf(name, PARTITIONS) !== partitionOf('ann', PARTITIONS),
    );
    const partition = partitionOf('ann', PARTITIONS);
    for (const position of [positionOf(other ?? '', 1), `${partition}.old.1`, 'nonsense'])
      await expect(ask('list-memories', 'ann', { position })).rejects.toEqual(refusal('MEMLANE_ERR_POSITION_UNKNOWN'));
  });

  it('that the read model does not reach is an error for who asks for it, and shows in behind for who has written it', async () => {
    const owner = 'dora';
    const future = positionOf(owner, (await log.lastSeq(partitionOf(owner, PARTITIONS))) + 5);
    await expect(ask('list-memories', owner, { position: future })).rejects.toEqual(
      refusal('MEMLANE_ERR_POSITION_NOT_REACHED'),
    );
    log.nc.publish(live.written('memory', owner), future);
    await expect(ask('list-memories', owner, {})).resolves.toMatchObject({ behind: 5 });
  });

  it('that was told to the query processes is waited for, whoever asks', async () => {
    await projector.stop();
    const position = await append('hugo', [stored('h', 'told before it was asked')]);
    log.nc.publish(live.written('memory', 'hugo'), position);
    const waiting = ask('list-memories', 'hugo', {});
    projector = await startProjectorHere();
    expect(await waiting).toMatchObject({ behind: 0, memories: [{ id: 'h' }] });
  });

  it('that was told before a query process started is waited for', async () => {
    await projector.stop();
    await append('ida', [stored('i', 'written while nobody listened')]);
    await query.stop();
    query = await start({ env, log: createLogger('query', 'error') });
    const waiting = ask('list-memories', 'ida', {});
    projector = await startProjectorHere();
    expect(await waiting).toMatchObject({ behind: 0, memories: [{ id: 'i' }] });
  });

  it('is waited for while the projector is away, and how far the answer is behind is said', async () => {
    await projector.stop();
    const position = await append('ann', [stored('waited', 'worth waiting for')]);
    await vi.waitFor(async () => expect((await ask('list-memories', 'ann', {})).behind).toBe(1), WAIT);
    const waiting = ask('search-memories', 'ann', { query: 'worth waiting', position });
    projector = await startProjectorHere();
    expect(idsOf(await waiting)).toEqual(['waited']);
  });
});

describe('a query process that answers all it can', () => {
  it('refuses one more at once, naming its limit and when to come again, and answers what it has taken', async () => {
    const next = positionOf('ann', (lastSeqs.get('ann') ?? 0) + 1);
    const list = (input: object) => ask('list-memories', 'ann', { limit: 1, ...input });
    const taken = Array.from({ length: limit('queries_in_flight') }, () => list({ position: next }));
    const body = { code: 'MEMLANE_ERR_OVERLOADED', limit: limit('queries_in_flight'), retry_after_seconds: 1 };
    await expect(list({})).rejects.toMatchObject({
      body: { ...body, retryable: true, details: { limit_name: 'queries_in_flight' } },
    });
    expect(await append('ann', [stored('awaited', 'what they all wait for')])).toBe(next);
    for (const { memories } of await Promise.all(taken)) expect(memories).toMatchObject([{ id: 'awaited' }]);
    expect(idsOf(await list({}))).toEqual(['awaited']);
  });
});

describe('other reads', () => {
  it('give a memory with its history, and as it was', async () => {
    const before = new Date();
    await append('gil', [stored('g', 'first')], before);
    const changes = { content: 'second', content_hash: 'h' };
    const update = { type: 'memory-updated', data: { id: 'g', version: 2, changes } } as const;
    const position = await append('gil', [update], new Date(before.getTime() + 1_000));
    const now = await ask('get-memory', 'gil', { id: 'g', history: true, position });
    expect(now.memory).toMatchObject({ content: 'second', version: 2 });
    expect(now.history?.map(({ content }) => content)).toEqual(['first']);
    const then = await ask('get-memory', 'gil', { id: 'g', as_of: before.toISOString() });
    expect(then.memory).toMatchObject({ content: 'first', version: 1 });
  });

  it('give a long history page by page', async () => {
    const content = (n: number) => `${n} ${'\u0001'.repeat(65_000)}`;
    let position = await append('ira', [stored('h', content(1))]);
    for (let version = 2; version <= 6; version += 1) {
      const changes = { content: content(version), content_hash: String(version) };
      position = await append('ira', [{ type: 'memory-updated', data: { id: 'h', version, changes } }]);
    }
    const versions: number[][] = [];
    let cursor: string | undefined;
    do {
      const page = await ask('get-memory', 'ira', { id: 'h', history: true, position, cursor });
      versions.push((page.history ?? []).map(({ version }) => version));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(versions).toEqual([[5], [4], [3], [2], [1]]);
    await expect(ask('get-memory', 'ira', { id: 'h', cursor: 'x' })).rejects.toThrow('cursor: is of history only');
  });

  it('are refused with a typed error when the broker would not take the answer', async () => {
    // Beyond the limit of a content, so nobody but a test can store it.
    await append('jon', [stored('j', 'a'.repeat(1_200_000))]);
    const changes = { content: 'b'.repeat(1_200_000), content_hash: 'b' };
    const position = await append('jon', [{ type: 'memory-updated', data: { id: 'j', version: 2, changes } }]);
    expect((await ask('get-memory', 'jon', { id: 'j', position })).memory.version).toBe(2);
    await expect(ask('get-memory', 'jon', { id: 'j', history: true })).rejects.toEqual(
      refusal('MEMLANE_ERR_ANSWER_TOO_LARGE'),
    );
  });

  it('list shares page by page when their names fill an answer', async () => {
    const tags = Array.from({ length: 700 }, (_, n) => `${n} `.padEnd(128, '\u0001'));
    const shares = tags.map((tag) => ({
      type: 'space-shared' as const,
      data: { tag, grantee: 'ned', access: 'read' as const },
    }));
    const position = await append('meg', shares, new Date(), 'account');
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await ask('list-shares', 'meg', { position, cursor });
      pages.push(page.given.map(({ tag }) => tag));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat().toSorted()).toEqual(tags.toSorted());
    const received = await ask('list-shares', 'ned', {});
    expect(received.received.length).toBeLessThan(700);
    const rest = await ask('list-shares', 'ned', { cursor: received.next_cursor });
    expect(received.received.length + rest.received.length).toBe(700);
  });

  it('give an overview', async () => {
    expect(await ask('memory-overview', 'gil', {})).toMatchObject({
      memories: 1,
      expired: 0,
      // second, [], {} and the version before it: first, [], {}
      usage: { stored_bytes: { used: 19 }, memories: { used: 1 } },
      health: { text_search: 'ok', vector_search: 'off', vectors_pending: 0, model: null },
    });
    expect(await ask('memory-overview', 'nobody', {})).toMatchObject({ memories: 0, types: [], tags: [] });
  });

  it('refuse what is not a query', async () => {
    for (const [subject, body] of [
      ['query.constructor', '{"owner":"ann","input":{}}'],
      ['query.list-memories', 'no json'],
      ['query.list-memories', '{"owner":"../x","input":{}}'],
      ['query.list-memories', 'null'],
    ] as const) {
      const message = await log.nc.request(subject, body, { timeout: 5_000 });
      expect(message.headers?.get(headers.error)).toBe('MEMLANE_ERR_INVALID_INPUT');
    }
  });

  it('go on during a rebuild and read the new generation after it', async () => {
    let failed = 0;
    const done = new AbortController();
    const readers = (async () => {
      while (!done.signal.aborted) await ask('list-memories', 'cat', {}).catch(() => failed++);
    })();
    await log.nc.request(live.admin('memory-projector', 'rebuild'), undefined, { timeout: 5_000 });
    await vi.waitFor(async () => {
      const status = await log.nc.request(live.admin('query', 'status'), undefined, { timeout: 5_000 });
      expect(status.json()).toMatchObject({ generation: 2 });
    }, WAIT);
    const position = await append('cat', [stored('new', 'in the new generation')]);
    expect(idsOf(await ask('list-memories', 'cat', { position, limit: 1 }))).toEqual(['new']);
    done.abort();
    await readers;
    expect(failed).toBe(0);
  });
});

describe('a damaged read model', () => {
  it('is told of to its projector and answered as unavailable, and another in its place is read', async () => {
    const position = await append('dia', [stored('d', 'worth keeping', { type: 'fact' })]);
    expect(idsOf(await ask('list-memories', 'dia', { position }))).toEqual(['d']);
    const told = vi.fn();
    log.nc.subscribe(live.admin('memory-projector', 'check'), { callback: told });
    await log.nc.flush();
    // Without their writer, who would end this process to have its files opened anew.
    await projector.stop();
    const partition = partitionOf('dia', PARTITIONS);
    const file = dataPaths(env.MEMLANE_DATA_DIR).memoryDb(readGeneration(env.MEMLANE_DATA_DIR) ?? 0, partition);
    await query.stop();
    damageTable(file, 'memory');
    query = await start({ env, log: createLogger('query', 'error') });
    await expect(ask('list-memories', 'dia', {})).rejects.toEqual(refusal('MEMLANE_ERR_UNAVAILABLE'));
    await vi.waitFor(() => expect(told).toHaveBeenCalled());
    damageFile(file);
    await vi.waitFor(
      () => expect(ask('list-memories', 'dia', {})).rejects.toEqual(refusal('MEMLANE_ERR_UNAVAILABLE')),
      WAIT,
    );
    projector = await startProjectorHere();
    await vi.waitFor(async () => expect(idsOf(await ask('list-memories', 'dia', { position }))).toEqual(['d']), WAIT);
  });
});
