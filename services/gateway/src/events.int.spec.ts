import { openKeyBucket } from '@memlane/auth';
import { limit, partitionOf, readEnv, streams, subjects, type Scope, type StoredCommit } from '@memlane/contracts';
import { connectNats, openLog, type EventLog } from '@memlane/event-log';
import { createLogger } from '@memlane/telemetry';
import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { askEvents, openEvents } from './events.support.spec.js';
import { startKeyMaker, type KeyMaker } from './keys.support.spec.js';
import { start, type RunningGateway } from './start.js';

const PARTITIONS = 2;
/** Every gateway hears of keys, whoever listens. */
const KEYRING_FILTER = subjects.event(0, '*', 'account');

describe('the stream of changes', () => {
  let server: TestNatsServer;
  let nc: NatsConnection;
  let log: EventLog;
  let keys: KeyMaker;
  let gateway: RunningGateway;
  let owners = 0;

  beforeAll(async () => {
    server = await startNatsServer();
    nc = await connectNats(readEnv(server.env), { name: 'test' });
    log = await openLog(nc, { partitions: PARTITIONS, replicas: 1 });
    await openKeyBucket(nc);
    keys = await startKeyMaker(server, PARTITIONS);
    gateway = await startGateway();
  });
  afterAll(async () => {
    await gateway.stop();
    await keys.stop();
    await nc.close();
    await server.stop();
  });

  function startGateway() {
    const env = readEnv({ ...server.envOf('gateway'), MEMLANE_PORT: '0', MEMLANE_PARTITIONS: String(PARTITIONS) });
    return start({ env, log: createLogger('gateway', 'error') });
  }
  /** A new owner of the first partition, so that all of them share a stream of the log. */
  function newOwner(): string {
    for (;;) {
      owners += 1;
      if (partitionOf(`owner-${owners}`, PARTITIONS) === 0) return `owner-${owners}`;
    }
  }
  async function keyOf(owner: string, scopes?: readonly Scope[]) {
    const made = await keys.createKey({ owner, name: 'laptop', ...(scopes ? { scopes } : {}) });
    await vi.waitUntil(async () => (await fetch(new URL('/x', gateway.url), bearer(made.key))).status === 404);
    return made;
  }
  function bearer(key: string) {
    return { headers: { authorization: `Bearer ${key}` } };
  }
  async function newUser() {
    const owner = newOwner();
    return { owner, ...(await keyOf(owner)) };
  }

  let commits = 0;
  const lastSeqOf = new Map<string, number>();
  /** Appends a commit as the command handler does. */
  async function append(owner: string, events: StoredCommit['events'] = [deleted('m1')], aggregate = 'memory') {
    commits += 1;
    const commit: StoredCommit = {
      v: 1,
      commandId: `command-${commits}`,
      fingerprint: 'f',
      owner,
      actor: 'key-1',
      client: 'laptop',
      at: '2026-01-01T00:00:00.000Z',
      correlationId: 'c',
      events,
      result: {},
    };
    const subject = `${owner} ${aggregate}`;
    const last = aggregate === 'account' ? await keys.lastSeqOf(owner) : lastSeqOf.get(subject);
    const result = await log.append(commit, { aggregate, expectedLastSubjectSeq: last ?? 0 });
    if (!result.ok) throw new Error(result.reason);
    lastSeqOf.set(subject, result.seq);
  }
  function deleted(...ids: string[]): StoredCommit['events'][number] {
    return { id: 'e', type: 'memories-deleted', v: 1, data: { ids } };
  }
  function updated(id: string, version: number): StoredCommit['events'][number] {
    return { id: 'e', type: 'memory-updated', v: 1, data: { id, version, changes: { content: 'a secret' } } };
  }
  /** About 0.8 MB of ids. */
  function wideDeletion(n: number) {
    const many = Array.from({ length: 20_000 }, (_, i) => `0198f1f0-0000-7000-8000-${String(i).padStart(12, '0')}`);
    return deleted(`first-${n}`, ...many);
  }
  /** The first id of each event in the text of a stream. */
  const firstIdsIn = (text: string) => [...text.matchAll(/"ids":\["([^"]*)"/g)].map(([, id]) => id);
  /** A stream whose client has read its head and nothing more. */
  async function openUnread(key: string) {
    const socket = connect(gateway.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write(`GET /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\n\r\n`);
    await vi.waitUntil(() => text.includes('event: ready'));
    socket.pause();
    const read = () => {
      socket.resume();
      return () => text;
    };
    return { socket, read };
  }
  const idsSeen = ({ seen }: { seen: readonly { data: { events: readonly { ids: readonly string[] }[] } }[] }) =>
    seen.flatMap(({ data }) => data.events.flatMap(({ ids }) => ids));

  it('tells each owner of its own changes only, without their content', async () => {
    const [ann, bob] = [await newUser(), await newUser()];
    const [forAnn, forBob] = [await openEvents(gateway.url, ann), await openEvents(gateway.url, bob)];
    await append(bob.owner, [deleted('of-bob')]);
    await append(ann.owner, [updated('of-ann', 2), deleted('x', 'y')]);
    await append(bob.owner, [deleted('of-bob-2')]);
    await vi.waitUntil(() => forAnn.seen.length === 1 && forBob.seen.length === 2);
    const [event] = forAnn.seen;
    expect(event).toEqual({
      event: 'commit',
      id: event?.data.position,
      data: {
        position: `0.${log.epoch(0)}.${lastSeqOf.get(`${ann.owner} memory`)}`,
        time: '2026-01-01T00:00:00.000Z',
        aggregate: 'memory',
        client: 'laptop',
        events: [
          { type: 'memory-updated', ids: ['of-ann'], version: 2 },
          { type: 'memories-deleted', ids: ['x', 'y'] },
        ],
      },
    });
    expect(idsSeen(forBob)).toEqual(['of-bob', 'of-bob-2']);
    forAnn.close();
    forBob.close();
  });

  it('goes on after the position that a client names, and begins now without one', async () => {
    const ann = await newUser();
    const before = await openEvents(gateway.url, ann);
    before.close();
    for (const id of ['a', 'b', 'c']) await append(ann.owner, [deleted(id)]);
    const resumed = await openEvents(gateway.url, { ...ann, lastEventId: before.lastId() });
    const fresh = await openEvents(gateway.url, ann);
    await append(ann.owner, [deleted('d')]);
    await vi.waitUntil(() => resumed.seen.length === 4 && fresh.seen.length === 1);
    expect(idsSeen(resumed)).toEqual(['a', 'b', 'c', 'd']);
    expect(idsSeen(fresh)).toEqual(['d']);
    const later = await openEvents(gateway.url, { ...ann, lastEventId: resumed.seen[1]?.id });
    await vi.waitUntil(() => later.seen.length === 2);
    expect(idsSeen(later)).toEqual(['c', 'd']);
    for (const client of [resumed, fresh, later]) client.close();
  });

  it('loses and repeats nothing while gateways restart, NATS is killed, and commits go on', async () => {
    const ann = await newUser();
    let other = await startGateway();
    const seen: string[] = [];
    const total = 300;
    let client = await openEvents(other.url, ann);
    const follow = async () => {
      while (seen.length < total) {
        await vi.waitUntil(() => !client.isOpen() || seen.length + client.seen.length >= total, { timeout: 30_000 });
        client.close();
        seen.push(...idsSeen(client));
        const lastEventId = client.lastId();
        client = await vi.waitUntil(() => openEvents(other.url, { ...ann, lastEventId }).catch(() => undefined), {
          timeout: 30_000,
        });
      }
    };
    const followed = follow();
    for (let i = 0; i < total; i += 1) {
      await append(ann.owner, [deleted(`m${i}`)]);
      if (i === 100 || i === 250) {
        await other.stop();
        other = await startGateway();
      }
      if (i === 200) {
        await server.kill9();
        await server.restart();
      }
    }
    await followed;
    client.close();
    expect(seen).toEqual(Array.from({ length: total }, (_, i) => `m${i}`));
    await other.stop();
  });

  it('has one consumer however many listen, and none when nobody does', async () => {
    const consumers = async () => {
      let count = 0;
      for await (const { config } of log.jsm.consumers.list(streams.events(0)))
        if (config.filter_subject !== KEYRING_FILTER) count += 1;
      return count;
    };
    await vi.waitUntil(async () => (await consumers()) === 0);
    const users = [await newUser(), await newUser()];
    const clients = await Promise.all([...users, ...users, ...users].map((user) => openEvents(gateway.url, user)));
    for (const { owner } of users) await append(owner);
    await vi.waitUntil(() => clients.every(({ seen }) => seen.length === 1));
    expect(await consumers()).toBe(1);
    for (const client of clients) client.close();
    await vi.waitUntil(async () => (await consumers()) === 0);
  });

  it('answers alike to every position that it does not know', async () => {
    const ann = await newUser();
    await append(ann.owner);
    const [epoch, seq] = [log.epoch(0), lastSeqOf.get(`${ann.owner} memory`) ?? 0];
    const unknown = [
      'x',
      '',
      `1.${log.epoch(1)}.0`,
      `0.${log.epoch(1)}x.1`,
      `0.${epoch}.${seq + 1_000}`,
      `9999.${epoch}.1`,
      `0.${epoch}.-1`,
    ];
    const answers = new Set<string>();
    for (const lastEventId of unknown) {
      const response = await askEvents(gateway.url, { ...ann, lastEventId });
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      answers.add(`${response.status} ${await response.text()}`);
    }
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toMatch(/^400 .*MEMLANE_ERR_POSITION_UNKNOWN.*Last-Event-ID/);
  });

  it('tells of the asked types only, and names a type that there is not', async () => {
    const ann = await newUser();
    const client = await openEvents(gateway.url, { ...ann, search: '?types=memory-updated' });
    await append(ann.owner, [deleted('gone')]);
    await append(ann.owner, [updated('kept', 3), deleted('gone too')]);
    await vi.waitUntil(() => client.seen.length === 1);
    expect(client.seen[0]?.data.events).toEqual([{ type: 'memory-updated', ids: ['kept'], version: 3 }]);
    client.close();
    for (const [search, field] of [
      ['?types=nonsense', 'types[0]'],
      ['?types=', 'types[0]'],
      ['?owner=bob', 'owner'],
    ]) {
      const response = await askEvents(gateway.url, { ...ann, ...(search ? { search } : {}) });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'MEMLANE_ERR_INVALID_INPUT', field });
    }
  });

  it('tells of what the scopes of the key allow', async () => {
    const owner = newOwner();
    const { key: writes } = await keyOf(owner, ['memory:write']);
    const refused = await askEvents(gateway.url, { key: writes });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'MEMLANE_ERR_FORBIDDEN', details: { scope: 'memory:read' } });
    const { key: code } = await keyOf(owner, ['code:read']);
    const { key: all } = await keyOf(owner, ['memory:read', 'code:read']);
    const [forCode, forAll] = [
      await openEvents(gateway.url, { key: code }),
      await openEvents(gateway.url, { key: all }),
    ];
    await append(owner, [deleted('m1')]);
    await append(owner, [deleted('r1')], 'repo-1');
    await append(owner, [deleted('a1')], 'account');
    await append(owner, [deleted('r2')], 'repo-1');
    await vi.waitUntil(() => forCode.seen.length === 2 && forAll.seen.length === 3);
    expect(idsSeen(forCode)).toEqual(['r1', 'r2']);
    expect(idsSeen(forAll)).toEqual(['m1', 'r1', 'r2']);
    forCode.close();
    forAll.close();
  });

  it('names an event that is newer than itself, and passes over what is no commit', async () => {
    const ann = await newUser();
    const client = await openEvents(gateway.url, ann);
    await append(ann.owner, [
      { id: 'e', type: 'memory-hidden', v: 1, data: { id: 'x' } },
      { ...updated('y', 2), v: 99 },
    ]);
    const bad = await log.js.publish(subjects.event(0, ann.owner, 'memory'), 'not a commit');
    lastSeqOf.set(`${ann.owner} memory`, bad.seq);
    await append(ann.owner, [deleted('z')]);
    await vi.waitUntil(() => client.seen.length === 2);
    expect(client.seen.map(({ data }) => data.events)).toEqual([
      [
        { type: 'memory-hidden', ids: [] },
        { type: 'memory-updated', ids: [] },
      ],
      [{ type: 'memories-deleted', ids: ['z'] }],
    ]);
    client.close();
  });

  it('ends when its key is revoked', async () => {
    const ann = await newUser();
    const spare = await keyOf(ann.owner);
    const [ending, staying] = [await openEvents(gateway.url, ann), await openEvents(gateway.url, spare)];
    await keys.revokeKey(ann.id);
    await vi.waitUntil(() => !ending.isOpen(), { timeout: 10_000 });
    await append(ann.owner);
    await vi.waitUntil(() => staying.seen.length === 1);
    expect(ending.seen).toEqual([]);
    staying.close();
  });

  it('keeps little for clients that do not read, serves the others meanwhile, and gives the slow ones all of it later', async () => {
    const ann = await newUser();
    const reading = await openEvents(gateway.url, ann);
    const slow = await Promise.all(Array.from({ length: 8 }, () => openUnread(ann.key)));
    const buffered = () => process.memoryUsage().arrayBuffers;
    const before = buffered();
    let most = 0;
    // 25 MB for each of them: more than the sockets of both sides take in.
    for (let i = 1; i <= 30; i += 1) {
      await append(ann.owner, [wideDeletion(i)]);
      await vi.waitUntil(() => reading.seen.length === i, { timeout: 30_000 });
      most = Math.max(most, buffered() - before);
    }
    reading.close();
    expect(most).toBeLessThan(100_000_000);
    const [first, ...others] = slow;
    for (const { socket } of others) socket.destroy();
    const text = first?.read() ?? (() => '');
    await vi.waitUntil(() => firstIdsIn(text()).length === 30, { timeout: 30_000 });
    expect(firstIdsIn(text())).toEqual(Array.from({ length: 30 }, (_, i) => `first-${i + 1}`));
    await append(ann.owner, [deleted('first-31')]);
    await vi.waitUntil(() => firstIdsIn(text()).at(-1) === 'first-31');
    first?.socket.destroy();
  });

  it('bounds the open streams of a user, and gives a place back when one is left', async () => {
    const [ann, bob] = [await newUser(), await newUser()];
    const max = limit('event_streams_per_owner');
    const open = await Promise.all(Array.from({ length: max }, () => openEvents(gateway.url, ann)));
    const refused = await askEvents(gateway.url, ann);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({
      code: 'MEMLANE_ERR_RATE_LIMITED',
      retryable: true,
      limit: max,
      details: { limit_name: 'event_streams_per_owner', used: max },
    });
    (await openEvents(gateway.url, bob)).close();
    open[0]?.close();
    const again = await vi.waitUntil(() => openEvents(gateway.url, ann).catch(() => undefined));
    again.close();
    for (const client of open) client.close();
  });

  it('ends with its gateway', async () => {
    const ann = await newUser();
    const other = await startGateway();
    const client = await openEvents(other.url, ann);
    await other.stop();
    await vi.waitUntil(() => !client.isOpen());
  });
});
