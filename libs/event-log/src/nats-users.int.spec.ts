import { buckets, inboxPrefixOf, natsUsers, streams, type NatsUserName } from '@memlane/contracts';
import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import { AckPolicy } from '@nats-io/jetstream';
import { headers, PermissionViolationError, type NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectNats } from './connect-nats.js';
import { openLog } from './open-log.js';
import { publishWithRetry } from './retry-publish.js';

interface Watched {
  readonly nc: NatsConnection;
  readonly denials: readonly PermissionViolationError[];
}

let server: TestNatsServer;
const connections = new Map<NatsUserName, Watched>();
const settings = { partitions: 16, replicas: 1 };
const services = Object.keys(natsUsers) as NatsUserName[];

beforeAll(async () => {
  server = await startNatsServer();
  const operator = await connectNats(server.env, { name: 'operator' });
  await openLog(operator, settings);
  await operator.close();
  for (const name of services) connections.set(name, watch(await connectNats(server.envOf(name), { name })));
});
afterAll(async () => {
  for (const { nc } of connections.values()) await nc.close();
  await server.stop();
});

function watch(nc: NatsConnection): Watched {
  const denials: PermissionViolationError[] = [];
  void (async () => {
    for await (const status of nc.status())
      if (status.type === 'error' && status.error instanceof PermissionViolationError) denials.push(status.error);
  })();
  return { nc, denials };
}

function connectionOf(name: NatsUserName): Watched {
  const watched = connections.get(name);
  if (!watched) throw new Error(`no connection of ${name}`);
  return watched;
}

/** What the server denied while something was done: its errors come before the answer to the flush. */
async function denialsOf(name: NatsUserName, act: (nc: NatsConnection) => void): Promise<PermissionViolationError[]> {
  const { nc, denials } = connectionOf(name);
  const before = denials.length;
  act(nc);
  await nc.flush();
  await new Promise(setImmediate);
  return denials.slice(before);
}

async function mayPublish(name: NatsUserName, subject: string): Promise<boolean> {
  const denials = await denialsOf(name, (nc) => nc.publish(subject));
  return !denials.some((denial) => denial.operation === 'publish' && denial.subject === subject);
}

async function maySubscribe(name: NatsUserName, subject: string): Promise<boolean> {
  const denials = await denialsOf(name, (nc) => {
    nc.subscribe(subject, { callback: () => undefined }).unsubscribe();
  });
  return !denials.some((denial) => denial.operation === 'subscription' && denial.subject === subject);
}

describe('what no service may do', () => {
  test.each([
    ['make a stream', '$JS.API.STREAM.CREATE.MINE'],
    ['delete a stream', `$JS.API.STREAM.DELETE.${streams.events(0)}`],
    ['purge a stream', `$JS.API.STREAM.PURGE.${streams.events(0)}`],
    ['delete a message', `$JS.API.STREAM.MSG.DELETE.${streams.events(0)}`],
    ['make a key', `$KV.${buckets.keys}.key.0`],
    ['change the configuration of the log', `$KV.${buckets.memlane}.config`],
    ['ask for a rebuild', 'admin.memory-projector.rebuild'],
  ])('%s', async (_what, subject) => {
    for (const name of services) expect(await mayPublish(name, subject), name).toBe(false);
  });

  test('hear the answers of another one', async () => {
    for (const name of services)
      for (const other of [...services.filter((one) => one !== name).map(inboxPrefixOf), '_INBOX'])
        expect(await maySubscribe(name, `${other}.>`), `${name} ${other}`).toBe(false);
  });

  test('hear everything', async () => {
    for (const name of services)
      for (const subject of ['>', 'evt.>', 'cmd.>', '$JS.>', '$KV.>'])
        expect(await maySubscribe(name, subject), name).toBe(false);
  });
});

describe('what one service may do, or few', () => {
  test.each<[string, NatsUserName, string]>([
    ['issue a command', 'gateway', 'cmd.0.alice.store-memory'],
    ['ask a query', 'gateway', 'query.search-memories'],
    ['append an event', 'command-handler', 'evt.0.alice.memory'],
    ['remember an outcome', 'command-handler', 'out.0.c1'],
    ['tell an outcome', 'command-handler', 'outcome.g1.a1'],
    ['say that an owner wrote', 'command-handler', 'written.memory.alice'],
    ['park a command', 'command-handler', 'dlq.command.0.alice'],
    ['take commands', 'command-handler', `$JS.API.CONSUMER.MSG.NEXT.${streams.commands(3)}.command-handler`],
    ['acknowledge a command', 'command-handler', `$JS.ACK.${streams.commands(3)}.command-handler.1.1.1.1.1`],
    ['store a content of a repository', 'repo-worker', 'blob.0.alice.shop.abc'],
    ['remove the contents of a repository', 'repo-worker', `$JS.API.STREAM.PURGE.${streams.blobs}`],
    ['read a content of a repository', 'code-projector', `$JS.API.DIRECT.GET.${streams.blobs}`],
    ['read a content of a repository by its subject', 'code-projector', `$JS.API.DIRECT.GET.${streams.blobs}.blob.>`],
    ['read a content of a repository from the leader', 'code-projector', `$JS.API.STREAM.MSG.GET.${streams.blobs}`],
    ['say how far the memories are', 'memory-projector', 'progress.memory.0'],
    ['say how far the vectors are', 'vector-projector', 'progress.vectors.0'],
    ['have much embedded', 'vector-projector', 'embed.bulk'],
    ['have code embedded', 'vector-projector', 'embed.code'],
  ])('%s: %s', async (_what, allowed, subject) => {
    for (const name of services) expect(await mayPublish(name, subject), name).toBe(name === allowed);
  });

  test.each<[string, readonly NatsUserName[], string]>([
    ['hear queries', ['query'], 'query.*'],
    ['hear texts to embed', ['embedder'], 'embed.*'],
    ['hear outcomes', ['gateway', 'repo-worker'], 'outcome.*.*'],
  ])('%s: %s', async (_what, allowed, subject) => {
    for (const name of services) expect(await maySubscribe(name, subject), name).toBe(allowed.includes(name));
  });

  test('have a search embedded: the two that answer searches', async () => {
    const searching: readonly NatsUserName[] = ['query', 'code-query'];
    for (const name of services)
      expect(await mayPublish(name, 'embed.interactive'), name).toBe(searching.includes(name));
  });

  test('have a new memory embedded: who makes vectors, and who searches before they are there', async () => {
    const embedding: readonly NatsUserName[] = ['vector-projector', 'query'];
    for (const name of services) expect(await mayPublish(name, 'embed.fresh'), name).toBe(embedding.includes(name));
  });

  test('read events: who decides or projects them, the gateway for who listens, and the worker of jobs', async () => {
    const deciding: readonly NatsUserName[] = ['command-handler', 'memory-projector', 'code-projector'];
    const reading: [string, readonly NatsUserName[]][] = [
      [`$JS.API.CONSUMER.CREATE.${streams.events(7)}.mine.evt.7.>`, [...deciding, 'gateway', 'repo-worker']],
      [`$JS.API.STREAM.MSG.GET.${streams.events(7)}`, [...deciding, 'gateway']],
      [`$JS.API.DIRECT.GET.${streams.events(7)}`, deciding],
    ];
    for (const name of services)
      for (const [subject, readers] of reading)
        expect(await mayPublish(name, subject), `${name} ${subject}`).toBe(readers.includes(name));
  });
});

test('a consumer of other subjects than the permitted ones cannot be made', async () => {
  const { jsm } = await openLog(connectionOf('command-handler').nc, settings);
  const consumer = { ack_policy: AckPolicy.None, filter_subject: 'out.*.*', name: 'mine', mem_storage: true };
  await expect(jsm.consumers.add(streams.outcomes, consumer)).rejects.toThrow(/[Pp]ermissions [Vv]iolation/);
});

test('a denied append says so at once instead of being tried again', async () => {
  const { js } = await openLog(connectionOf('gateway').nc, settings);
  const append = publishWithRetry(js, 'evt.0.alice.memory', new Uint8Array(), { headers: headers() });
  await expect(append).rejects.toThrow(/[Pp]ermissions [Vv]iolation/);
});
