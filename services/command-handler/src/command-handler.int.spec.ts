import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  dataPaths,
  partitionOf,
  readEnv,
  type Command,
  type CommandPayload,
  type CommandType,
  type Env,
  type Outcome,
  type SpaceEntry,
  type StoredCommit,
} from '@memlane/contracts';
import { connectNats, openLog, type EventLog } from '@memlane/event-log';
import { createLogger, type RunningService } from '@memlane/telemetry';
import { damageFile, damageTable, startNatsServer, tempDir, type TestNatsServer } from '@memlane/testkit';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { start } from './start.js';

let server: TestNatsServer;
let log: EventLog;
let env: Env;
let attempts = 0;
const running = new Set<RunningService>();

beforeAll(async () => {
  server = await startNatsServer();
  env = await envOf(await tempDir());
  log = await openLog(await connectNats(env, { name: 'test' }), { partitions: 4, replicas: 1 });
});

afterEach(async () => {
  for (const handler of running) await handler.stop();
  running.clear();
});

afterAll(async () => {
  await log.nc.close();
  await server.stop();
});

async function envOf(dataDir: string): Promise<Env> {
  return readEnv({ ...server.env, MEMLANE_DATA_DIR: dataDir, MEMLANE_PARTITIONS: '4' });
}

async function startHandler(handlerEnv: Env = env): Promise<RunningService> {
  const handler = await start({ env: handlerEnv, log: createLogger('command-handler', 'error') });
  running.add(handler);
  return handler;
}

async function stopHandler(handler: RunningService): Promise<void> {
  running.delete(handler);
  await handler.stop();
}

/** Publishes a command as a gateway does and waits for its outcome. */
async function send<T extends CommandType>(
  owner: string,
  type: T,
  payload: CommandPayload<T>,
  commandId = `command-${(attempts += 1)}`,
  through?: SpaceEntry,
): Promise<Outcome> {
  const attemptId = `attempt-${(attempts += 1)}`;
  const replyTo = `outcome.test.${attemptId}`;
  const reply = new Promise<Outcome>((resolve, reject) => {
    log.nc.subscribe(replyTo, {
      max: 1,
      callback: (error, message) => (error ? reject(error) : resolve(message.json<Outcome>())),
    });
  });
  const command: Command<T> = {
    v: 1,
    commandId,
    fingerprint: JSON.stringify([type, payload]),
    owner,
    actor: 'key-1',
    client: 'test',
    issuedAt: new Date().toISOString(),
    correlationId: 'c',
    ...(through && { through }),
    type,
    payload,
  };
  await log.publishCommand(command, { attemptId, replyTo });
  return reply;
}

/** All ids that were stored for an owner and are not deleted, straight from the log. */
async function storedContents(owner: string): Promise<string[]> {
  const contents = new Map<string, string>();
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const last = await log.lastSeq(partition);
    if (last === 0) continue;
    const feed = log.commits(partition, { afterSeq: 0 });
    for await (const { seq, commit } of feed) {
      if (commit.owner === owner)
        for (const event of commit.events) {
          if (event.type === 'memory-stored') contents.set(event.data.id, event.data.content);
          else if (event.type === 'memories-deleted') for (const id of event.data.ids) contents.delete(id);
        }
      if (seq >= last) break;
    }
    await feed.stop();
  }
  return [...contents.values()];
}

test('answers with the result and a position, and the commit is in the log', async () => {
  await startHandler();
  const outcome = await send('ana', 'store-memory', { content: 'tea' });
  expect(outcome).toMatchObject({ status: 'accepted', result: { created: true, version: 1 } });
  expect(outcome.position).toMatch(/^\d\.[0-9a-z]+\.[1-9]\d*$/);
  expect(await storedContents('ana')).toEqual(['tea']);
});

test('the same command id gets the first outcome, and a different request under it is refused', async () => {
  await startHandler();
  const first = await send('bea', 'store-memory', { content: 'once' }, 'same-id');
  expect(await send('bea', 'store-memory', { content: 'once' }, 'same-id')).toEqual(first);
  expect(await send('bea', 'store-memory', { content: 'other' }, 'same-id')).toMatchObject({
    status: 'rejected',
    error: { code: 'MEMLANE_ERR_IDEMPOTENCY_MISMATCH' },
  });
  expect(await storedContents('bea')).toEqual(['once']);
});

test('decides the same after its state was deleted and built anew', async () => {
  const handler = await startHandler();
  const kept = await send('cleo', 'store-memory', { content: 'kept', tags: ['t'] }, 'cleo-kept');
  await stopHandler(handler);
  rmSync(join(env.MEMLANE_DATA_DIR, 'decision'), { recursive: true });
  await startHandler();
  expect(await send('cleo', 'store-memory', { content: 'kept', tags: ['t'] }, 'cleo-kept')).toEqual(kept);
  expect(await send('cleo', 'store-memory', { content: ' kept ' })).toMatchObject({ result: { created: false } });
  expect(await send('cleo', 'delete-memories', { tags: ['t'], dry_run: true })).toMatchObject({
    result: { deleted: 1 },
  });
});

test('a refused command stays refused, even when it would be accepted now', async () => {
  const handler = await startHandler();
  const refused = await send('dora', 'delete-memories', {}, 'dora-refused');
  expect(refused).toMatchObject({ status: 'rejected', error: { code: 'MEMLANE_ERR_EMPTY_FILTER' } });
  await stopHandler(handler);
  rmSync(join(env.MEMLANE_DATA_DIR, 'decision'), { recursive: true });
  await startHandler();
  expect(await send('dora', 'delete-memories', {}, 'dora-refused')).toEqual(refused);
});

test('an answer that changed nothing is not decided again: a deleted memory does not come back', async () => {
  const handler = await startHandler();
  await send('ella', 'store-memory', { content: 'gone', tags: ['t'] });
  const quiet = await send('ella', 'store-memory', { content: 'gone', tags: ['t'] }, 'ella-quiet');
  expect(quiet).toMatchObject({ result: { created: false } });
  await send('ella', 'delete-memories', { tags: ['t'] });
  await stopHandler(handler);
  rmSync(join(env.MEMLANE_DATA_DIR, 'decision'), { recursive: true });
  await startHandler();
  expect(await send('ella', 'store-memory', { content: 'gone', tags: ['t'] }, 'ella-quiet')).toEqual(quiet);
  expect(await storedContents('ella')).toEqual([]);
});

test('an outcome without a commit holds for a lane that has its state anew and is busy already', async () => {
  const handler = await startHandler();
  await send('nora', 'store-memory', { content: 'gone', tags: ['t'] });
  const quiet = await send('nora', 'store-memory', { content: 'gone', tags: ['t'] }, 'nora-quiet');
  await send('nora', 'delete-memories', { tags: ['t'] });
  await stopHandler(handler);
  rmSync(join(env.MEMLANE_DATA_DIR, 'decision'), { recursive: true });
  await startHandler();
  await send('nora', 'store-memory', { content: 'first after the start' });
  await send('nora', 'store-memory', { content: 'second after the start' });
  expect(await send('nora', 'store-memory', { content: 'gone', tags: ['t'] }, 'nora-quiet')).toEqual(quiet);
  expect(await storedContents('nora')).toEqual(['first after the start', 'second after the start']);
});

test('catches up past commits that were purged at the end of the log', async () => {
  const handler = await startHandler();
  const kept = await send('olga', 'store-memory', { content: 'kept' });
  const partition = Number(kept.position.split('.')[0]);
  await stopHandler(handler);
  rmSync(join(env.MEMLANE_DATA_DIR, 'decision'), { recursive: true });
  await log.jsm.streams.purge(`EVT_0${partition}`, { filter: `evt.${partition}.olga.>` });
  await startHandler();
  expect(await send('olga', 'store-memory', { content: 'kept' })).toMatchObject({ result: { created: true } });
});

test('what is not a command is parked and the lane goes on', async () => {
  await startHandler();
  await log.js.publish('cmd.0.fay.store-memory', '{"not":"a command"}');
  await vi.waitFor(async () => {
    const { state } = await log.jsm.streams.info('DLQ', { subjects_filter: 'dlq.command.0.fay' });
    expect(state.subjects).toEqual({ 'dlq.command.0.fay': 1 });
  });
  expect(await send('fay', 'store-memory', { content: 'still works' })).toMatchObject({ status: 'accepted' });
});

test('two handlers on the same lanes apply every command once', async () => {
  await startHandler();
  await startHandler(await envOf(await tempDir()));
  const contents = Array.from({ length: 200 }, (_, n) => `fact ${n}`);
  const outcomes = await Promise.all(
    contents.map((content, n) => send(n % 2 ? 'gina' : 'hanna', 'store-memory', { content }, `two-${n}`)),
  );
  expect(outcomes.every(({ status }) => status === 'accepted')).toBe(true);
  const stored = [...(await storedContents('gina')), ...(await storedContents('hanna'))];
  expect(stored.sort()).toEqual(contents.sort());
});

/** The commits of an owner, straight from the log. */
async function commitsOf(owner: string): Promise<StoredCommit[]> {
  const partition = partitionOf(owner, log.partitions);
  const commits: StoredCommit[] = [];
  for (let afterSeq = 0; ;) {
    const message = await log.nextMessage(partition, { owner, afterSeq });
    if (!message) return commits;
    afterSeq = message.seq;
    const commit = message.readCommit();
    if (commit) commits.push(commit);
  }
}

test('what another handler has decided is read from the leader of the log, and no consumer is made for it', async () => {
  await startHandler();
  await send('ida', 'store-memory', { content: 'first' });
  const [stored] = await commitsOf('ida');
  if (!stored) throw new Error('nothing was stored');
  const made: string[] = [];
  const consumers = log.nc.subscribe('$JS.EVENT.ADVISORY.CONSUMER.CREATED.>', {
    callback: (_, { subject }) => {
      made.push(subject);
    },
  });
  const partition = partitionOf('ida', log.partitions);
  for (let round = 0; round < 5; round += 1) {
    // Written as by another handler of the lane.
    const message = await log.jsm.streams.getMessage(`EVT_0${partition}`, {
      last_by_subj: `evt.${partition}.ida.memory`,
    });
    const commandId = `ida-other-${round}`;
    const events = [{ id: `${commandId}-0`, type: 'memories-deleted', v: 1, data: { ids: ['none'] } }];
    const others = { ...stored, commandId, events };
    const appended = await log.append(others, { aggregate: 'memory', expectedLastSubjectSeq: message?.seq ?? 0 });
    expect(appended).toMatchObject({ ok: true });
    expect(await send('ida', 'store-memory', { content: `fact ${round}` })).toMatchObject({
      result: { created: true },
    });
  }
  await log.nc.flush();
  expect(made).toEqual([]);
  consumers.unsubscribe();
});

const throughGarden: SpaceEntry = { tag: 'garden', caller: 'bob', grantee: 'bob' };

test('who writes in a space of somebody else is in the commit, and what the space is in is kept apart', async () => {
  await startHandler();
  const store = (content: string, tags: string[], through?: SpaceEntry) =>
    send('pia', 'store-memory', { content, tags }, undefined, through);
  await send('pia', 'share-space', { tag: 'garden', with: 'bob', access: 'write' });
  await store('private words', ['diary']);
  const own = await store('shared words', ['garden']);
  expect(await store('shared words', [], throughGarden)).toMatchObject({ result: { created: false } });
  expect(await store('private words', [], throughGarden)).toMatchObject({ result: { created: true } });
  const all = { before: '2999-01-01T00:00:00.000Z', dry_run: true };
  expect(await send('pia', 'delete-memories', all, undefined, throughGarden)).toMatchObject({ result: { deleted: 2 } });
  expect(await send('pia', 'delete-memories', all)).toMatchObject({ result: { deleted: 3 } });
  const commits = await commitsOf('pia');
  expect(commits.map(({ by }) => by)).toEqual([undefined, undefined, undefined, 'bob']);
  expect(own.status === 'accepted' && own.result).toMatchObject({ created: true });
});

test('a grant that was taken back in the log stops a write, though the handler has not heard of it', async () => {
  await startHandler();
  await send('rob', 'share-space', { tag: 'garden', with: 'bob', access: 'write' });
  expect(await send('rob', 'store-memory', { content: 'one' }, undefined, throughGarden)).toMatchObject({
    status: 'accepted',
  });
  const [shared] = await commitsOf('rob');
  if (!shared) throw new Error('nothing was shared');
  // Written as by another handler of the lane: this one is sure that it knows all, and decides on what it knows.
  const data = { tag: 'garden', grantee: 'bob' };
  const events = [{ id: 'taken-back-0', type: 'space-unshared', v: 1, data }];
  const { seq } = await log.jsm.streams
    .getMessage(`EVT_0${partitionOf('rob', 4)}`, { last_by_subj: `evt.${partitionOf('rob', 4)}.rob.account` })
    .then((message) => message ?? { seq: 0 });
  const appended = await log.append(
    { ...shared, commandId: 'taken-back', events },
    { aggregate: 'account', expectedLastSubjectSeq: seq },
  );
  expect(appended).toMatchObject({ ok: true });
  expect(await send('rob', 'store-memory', { content: 'two' }, undefined, throughGarden)).toMatchObject({
    status: 'rejected',
    error: { code: 'MEMLANE_ERR_NOT_FOUND', field: 'space' },
  });
  expect(await storedContents('rob')).toEqual(['one']);
});

test('kill-9-of-nats-server-during-commands-loses-nothing-and-doubles-nothing', async () => {
  await startHandler();
  const contents = Array.from({ length: 300 }, (_, n) => `mark ${n}`);
  const queue = [...contents.entries()];
  const acknowledged: string[] = [];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [n, content] = next;
      // As a client does: the same command again until there is an answer.
      await vi.waitFor(
        async () => {
          const outcome = await Promise.race([
            send('iris', 'store-memory', { content }, `iris-${n}`),
            new Promise<never>((_, reject) => setTimeout(() => reject(new Error('no answer')), 3_000)),
          ]);
          expect(outcome.status).toBe('accepted');
        },
        { timeout: 40_000 },
      );
      acknowledged.push(content);
      if (acknowledged.length === 100) {
        await server.kill9();
        await server.restart();
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  expect(acknowledged.sort()).toEqual([...contents].sort());
  expect((await storedContents('iris')).sort()).toEqual([...contents].sort());
});

/** Everybody of these tests whose lane this is would find its facts missing or doubled in a state that is not caught up. */
async function expectFactsAndOutcomesOf(owner: string): Promise<void> {
  const contents = (await storedContents(owner)).length;
  const twice = [await send(owner, 'store-memory', { content: 'kept' }, `${owner}-first`)];
  twice.push(await send(owner, 'store-memory', { content: 'kept' }));
  expect(twice[0]).toMatchObject({ status: 'accepted', result: { created: true } });
  // Found by its content: the fact is in the state.
  expect(twice[1]).toMatchObject({ status: 'accepted', result: { created: false } });
  expect(await storedContents(owner)).toHaveLength(contents);
}

test('a damaged decision state is set aside at the start and built anew before anything is decided', async () => {
  const dataDir = await tempDir();
  const own = await envOf(dataDir);
  const first = await startHandler(own);
  await send('dam', 'store-memory', { content: 'kept' }, 'dam-first');
  await stopHandler(first);
  const file = dataPaths(dataDir).decisionDb(partitionOf('dam', 4));
  damageFile(file);
  await startHandler(own);
  await expectFactsAndOutcomesOf('dam');
  expect(existsSync(`${file}.damaged`)).toBe(true);
});

test.each(['subject', 'outcome'])(
  'damage of the table %s that is found in its work is mended by the lane',
  async (table) => {
    const dataDir = await tempDir();
    const own = await envOf(dataDir);
    const owner = `dam-${table}`;
    const first = await startHandler(own);
    await send(owner, 'store-memory', { content: 'kept' }, `${owner}-first`);
    await stopHandler(first);
    const file = dataPaths(dataDir).decisionDb(partitionOf(owner, 4));
    // Not so large that catching up would come upon it at the start.
    damageTable(file, table);
    await startHandler(own);
    await expectFactsAndOutcomesOf(owner);
    expect(existsSync(`${file}.damaged`)).toBe(true);
  },
);

test('a decision state that is deleted while it is open comes back, and nothing is decided on less', async () => {
  const dataDir = await tempDir();
  const own = await envOf(dataDir);
  await startHandler(own);
  await send('gone', 'store-memory', { content: 'kept' }, 'gone-first');
  rmSync(join(dataDir, 'decision'), { recursive: true });
  const files = Array.from({ length: 4 }, (_, partition) => dataPaths(dataDir).decisionDb(partition));
  await vi.waitFor(() => expect(files.filter((file) => !existsSync(file))).toEqual([]));
  await expectFactsAndOutcomesOf('gone');
});
