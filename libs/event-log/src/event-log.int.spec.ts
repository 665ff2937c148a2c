import { headers, streams, subjects, type Command, type StoredCommit } from '@memlane/contracts';
import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import { DiscardPolicy } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNats, consumeCommands, LogMismatchError, openLog, type EventLog } from './index.js';

let server: TestNatsServer;
let nc: NatsConnection;
let log: EventLog;

beforeAll(async () => {
  server = await startNatsServer();
  nc = await connectNats(server.env, { name: 'test' });
  log = await openLog(nc, { partitions: 4, replicas: 1 });
});

afterAll(async () => {
  await nc.close();
  await server.stop();
});

function commitOf(commandId: string): StoredCommit {
  const data = { ids: [commandId] };
  return {
    v: 1,
    commandId,
    fingerprint: 'f',
    owner: 'ana',
    actor: 'key-1',
    client: 'test',
    at: '2026-01-01T00:00:00.000Z',
    correlationId: 'c',
    events: [{ id: `${commandId}-0`, type: 'memories-deleted', v: 1, data }],
    result: { deleted: 1 },
  };
}

test('appends under compare-and-swap and refuses a second append at the same sequence', async () => {
  const first = await log.append(commitOf('a'), { aggregate: 'memory', expectedLastSubjectSeq: 0 });
  expect(first).toMatchObject({ ok: true });
  const stale = await log.append(commitOf('b'), { aggregate: 'memory', expectedLastSubjectSeq: 0 });
  expect(stale).toEqual({ ok: false, reason: 'wrong-last-sequence' });
  const at = first.ok ? first.seq : 0;
  expect(await log.append(commitOf('b'), { aggregate: 'memory', expectedLastSubjectSeq: at })).toMatchObject({
    ok: true,
  });
});

test('the feed gives the commits in order, from where it is asked to begin', async () => {
  const seen: string[] = [];
  const p = await partitionWithCommits();
  const all = log.commits(p, { afterSeq: 0 });
  for await (const item of all) {
    seen.push(item.commit.commandId);
    expect(item).toMatchObject({ owner: 'ana', aggregate: 'memory', msgId: item.commit.commandId });
    if (item.pending === 0) break;
  }
  await all.stop();
  expect(seen).toEqual(['a', 'b']);
  const tail = log.commits(p, { afterSeq: 1 });
  for await (const item of tail) {
    expect(item.commit.commandId).toBe('b');
    break;
  }
  await tail.stop();
});

async function partitionWithCommits(): Promise<number> {
  for (let p = 0; p < log.partitions; p += 1) if ((await log.lastSeq(p)) > 0) return p;
  throw new Error('no commits');
}

test('a command published twice by the same attempt is in the stream once', async () => {
  const command: Command<'delete-memories'> = {
    v: 1,
    commandId: 'cmd-1',
    fingerprint: 'f',
    owner: 'ana',
    actor: 'key-1',
    client: 'test',
    issuedAt: '2026-01-01T00:00:00.000Z',
    correlationId: 'c',
    type: 'delete-memories',
    payload: { ids: ['x'] },
  };
  await log.publishCommand(command, { attemptId: 'attempt-1', replyTo: 'outcome.gw.1' });
  await log.publishCommand(command, { attemptId: 'attempt-1', replyTo: 'outcome.gw.1' });
  await log.publishCommand(command, { attemptId: 'attempt-2', replyTo: 'outcome.gw.2' });
  const seen: (string | undefined)[] = [];
  const p = await partitionWithCommits();
  await new Promise<void>((resolve, reject) => {
    consumeCommands(log, p, async (message) => {
      seen.push(message.headers?.get(headers.replyTo));
      if (seen.length === 2) resolve();
    }).catch(reject);
  });
  expect(seen).toEqual(['outcome.gw.1', 'outcome.gw.2']);
});

test('refuses to open with another number of partitions than the log was made with', async () => {
  await expect(openLog(nc, { partitions: 8, replicas: 1 })).rejects.toThrow(LogMismatchError);
});

test('opens again without changing anything', async () => {
  const again = await openLog(nc, { partitions: 4, replicas: 1 });
  expect(again.epoch(1)).toBe(log.epoch(1));
});

test.each([
  ['CMD_00', { discard: DiscardPolicy.Old }, 'discard'],
  ['EVT_01', { max_age: nanos(3_600_000) }, 'max_age'],
  ['EVT_02', { max_msgs_per_subject: 1_000 }, 'max_msgs_per_subject'],
  ['OUT', { max_msgs_per_subject: 2 }, 'max_msgs_per_subject'],
  ['JOB', { discard_new_per_subject: false }, 'discard_new_per_subject'],
  [streams.blobs, { max_age: nanos(3_600_000) }, 'max_age'],
])('refuses to open when stream %s was changed by hand, naming the field', async (name, change, field) => {
  const { config } = await log.jsm.streams.info(name);
  await log.jsm.streams.update(name, { ...config, ...change });
  const opened = openLog(nc, { partitions: 4, replicas: 1 });
  await expect(opened).rejects.toThrow(LogMismatchError);
  await expect(opened).rejects.toThrow(`stream ${name}: ${field} is `);
  await log.jsm.streams.update(name, config);
  await openLog(nc, { partitions: 4, replicas: 1 });
});

test('an append waits for a server that is away and is there once', async () => {
  const p = await partitionWithCommits();
  const before = await log.lastSeq(p);
  await server.kill9();
  const appended = log.append(commitOf('c'), { aggregate: 'memory', expectedLastSubjectSeq: before });
  await server.restart();
  expect(await appended).toMatchObject({ ok: true, seq: before + 1 });
  expect(await log.lastSeq(p)).toBe(before + 1);
});

test('reads an owner’s log message by message, to its end, over what is not a commit', async () => {
  const p = await partitionWithCommits();
  const { seq } = await log.js.publish(subjects.event(p, 'ana', 'account'), 'not a commit');
  const seen: unknown[] = [];
  for (let afterSeq = 0; ;) {
    const message = await log.nextMessage(p, { owner: 'ana', afterSeq });
    if (!message) break;
    seen.push([message.aggregate, message.readCommit()?.commandId]);
    afterSeq = message.seq;
  }
  expect(seen).toEqual([
    ['memory', 'a'],
    ['memory', 'b'],
    ['memory', 'c'],
    ['account', undefined],
  ]);
  expect(await log.nextMessage(p, { owner: 'bob', afterSeq: 0 })).toBeUndefined();
  const feed = log.messages(p, { afterSeq: seq - 1, fetchAhead: 1 });
  for await (const message of feed) {
    expect(message).toMatchObject({ seq, owner: 'ana', aggregate: 'account' });
    break;
  }
  await feed.stop();
});

test('an append that depends on all of an owner is refused when another aggregate of the owner was written', async () => {
  const commitOn = (commandId: string) => ({ ...commitOf(commandId), owner: 'sue' });
  const whole = { aggregate: 'memory', ofAnyAggregate: true };
  const account = await log.append(commitOn('s1'), { aggregate: 'account', expectedLastSubjectSeq: 0 });
  const stale = await log.append(commitOn('s2'), { ...whole, expectedLastSubjectSeq: 0 });
  expect(stale).toEqual({ ok: false, reason: 'wrong-last-sequence' });
  const at = account.ok ? account.seq : 0;
  const next = await log.append(commitOn('s2'), { ...whole, expectedLastSubjectSeq: at });
  expect(next).toMatchObject({ ok: true });
});

test.each([0, 1, 63, 64, 65, 300])(
  '%i messages are read to their end, over those of others and gaps',
  async (count) => {
    const subject = `out.1.read-${count}`;
    const wanted: number[] = [];
    for (let n = 0; n < count; n += 1) {
      wanted.push((await log.js.publish(`${subject}.${n}`, JSON.stringify({ n }))).seq);
      if (n % 7 === 0) await log.js.publish(`out.2.other-${count}-${n}`, '{}');
    }
    const purged = wanted.splice(Math.floor(count / 2), 1);
    for (const seq of purged) await log.jsm.streams.deleteMessage(streams.outcomes, seq);
    const seen: number[] = [];
    for await (const message of log.readToEnd({ stream: streams.outcomes, filter: `${subject}.*`, afterSeq: 0 }))
      seen.push(message.seq);
    expect(seen).toEqual(wanted);
    const [first = 0] = wanted;
    for await (const message of log.readToEnd({ stream: streams.outcomes, filter: `${subject}.*`, afterSeq: first })) {
      expect(message.seq).toBe(wanted[1]);
      break;
    }
  },
);
