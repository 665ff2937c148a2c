import { createHash } from 'node:crypto';
import {
  isRepoEvent,
  partitionOf,
  readEnv,
  streams,
  type Command,
  type CommandPayload,
  type CommandResults,
  type Env,
  type Outcome,
  type RepoCommandType,
} from '@memlane/contracts';
import { connectNats, openLog, type EventLog } from '@memlane/event-log';
import { createLogger, type RunningService } from '@memlane/telemetry';
import { startNatsServer, tempDir, type TestNatsServer } from '@memlane/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { start } from './start.js';

const PARTITIONS = 2;
const MINUTE = 60_000;

let server: TestNatsServer;
let log: EventLog;
let env: Env;
let now: number;
let attempts = 0;
const running = new Set<RunningService>();

beforeEach(async () => {
  server = await startNatsServer();
  env = await newEnv();
  log = await openLog(await connectNats(readEnv(server.env), { name: 'test' }), {
    partitions: PARTITIONS,
    replicas: 1,
  });
  now = Date.now();
});

afterEach(async () => {
  for (const handler of running) await handler.stop();
  running.clear();
  await log.nc.close();
  await server.stop();
});

/** As the user that it is in the product, so that a permission that is missing fails the test. */
async function newEnv(): Promise<Env> {
  const own = { MEMLANE_DATA_DIR: await tempDir(), MEMLANE_PARTITIONS: String(PARTITIONS) };
  return readEnv({ ...server.envOf('command-handler'), ...own });
}

async function startHandler(handlerEnv = env): Promise<RunningService> {
  const handler = await start({ env: handlerEnv, log: createLogger('command-handler', 'error') }, () => new Date(now));
  running.add(handler);
  return handler;
}

async function send<T extends RepoCommandType>(
  owner: string,
  type: T,
  payload: CommandPayload<T>,
): Promise<CommandResults[T]> {
  const id = `${(attempts += 1)}`;
  const replyTo = `outcome.test.${id}`;
  const subscription = log.nc.subscribe(replyTo, { max: 1 });
  const command: Command<T> = {
    ...{ v: 1, commandId: id, fingerprint: id, owner, actor: 'key-1', client: 'test', correlationId: id },
    issuedAt: new Date().toISOString(),
    ...{ type, payload },
  };
  await log.publishCommand(command, { attemptId: id, replyTo });
  for await (const message of subscription) {
    const outcome = message.json<Outcome>();
    if (outcome.status === 'rejected') throw new Error(outcome.error.message);
    return outcome.result as CommandResults[T];
  }
  throw new Error('no outcome');
}

const idOf = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 16);

/** A repository whose first job has failed, and that syncs every 30 minutes. */
async function newRepository(owner: string, name: string): Promise<string> {
  const repository_id = idOf(name);
  const source = `https://git.example/${name}`;
  const wanted = { repository_id, name, source, ref: null, mode: 'incremental', trigger: 'call' } as const;
  const { job_id } = await send(owner, 'sync-repository', wanted);
  await send(owner, 'cancel-sync', { repository_id, job_id });
  await send(owner, 'set-auto-sync', { repository_id, every_minutes: 30 });
  return repository_id;
}

/** What began the jobs of a repository, in order. */
async function triggersOf(owner: string, repositoryId: string): Promise<string[]> {
  const triggers: string[] = [];
  const feed = log.commits(partitionOf(owner, PARTITIONS), { afterSeq: 0, owner, aggregate: `repo-${repositoryId}` });
  for await (const { commit, pending } of feed) {
    for (const event of commit.events.filter(isRepoEvent))
      if (event.type === 'repository-sync-requested') triggers.push(event.data.trigger);
    if (pending === 0) break;
  }
  await feed.stop();
  return triggers;
}

const jobsInQueue = async () => (await log.jsm.streams.info(streams.jobs)).state.messages;

test('a-sync-that-fell-due-while-nobody-ran-is-begun-once-by-whoever-starts', async () => {
  const handler = await startHandler();
  const id = await newRepository('ann', 'shop');
  await handler.stop();
  running.delete(handler);
  now += 40 * MINUTE;
  // Two that know nothing of each other, one of them with an empty data folder.
  await Promise.all([startHandler(), startHandler(await newEnv())]);
  await vi.waitFor(async () => expect(await triggersOf('ann', id)).toEqual(['call', 'interval']));
  expect(await jobsInQueue()).toBe(2);

  // The next one is due only after this one has ended.
  now += 400 * MINUTE;
  const last = await log.lastSeq(partitionOf('ann', PARTITIONS));
  const other = await newRepository('ann', 'other');
  expect(await triggersOf('ann', id)).toEqual(['call', 'interval']);
  now += 40 * MINUTE;
  await vi.waitFor(async () => expect(await triggersOf('ann', other)).toEqual(['call', 'interval']));
  expect(await triggersOf('ann', id)).toEqual(['call', 'interval']);
  expect(await log.lastSeq(partitionOf('ann', PARTITIONS))).toBeGreaterThan(last);
});

test('a-clock-that-was-ahead-and-is-set-back-keeps-no-repository-waiting-and-begins-each-once', async () => {
  await startHandler();
  now += 4 * 365 * 1_440 * MINUTE;
  const ahead = [await newRepository('ann', 'shop'), await newRepository('ann', 'other')];
  now -= 4 * 365 * 1_440 * MINUTE;
  for (const id of ahead)
    await vi.waitFor(async () => expect(await triggersOf('ann', id)).toEqual(['call', 'interval']));
  // From here on it waits for the end of what was begun, and then for its interval.
  const witness = await newRepository('ann', 'witness');
  now += 40 * MINUTE;
  await vi.waitFor(async () => expect(await triggersOf('ann', witness)).toEqual(['call', 'interval']));
  for (const id of ahead) expect(await triggersOf('ann', id)).toEqual(['call', 'interval']);
});

test('a-repository-that-is-told-to-stop-is-not-synced-by-itself-any-more', async () => {
  await startHandler();
  const [stopped, goesOn] = [await newRepository('ann', 'shop'), await newRepository('ann', 'other')];
  await send('ann', 'set-auto-sync', { repository_id: stopped, every_minutes: null });
  now += 40 * MINUTE;
  // Both are looked at together: once the one is begun, the other would have been.
  await vi.waitFor(async () => expect(await triggersOf('ann', goesOn)).toEqual(['call', 'interval']));
  expect(await triggersOf('ann', stopped)).toEqual(['call']);
});

test('a-webhook-that-calls-often-makes-one-sync-a-minute', async () => {
  await startHandler();
  const repository_id = await newRepository('ann', 'shop');
  const hook = 'a'.repeat(32);
  await send('ann', 'set-auto-sync', { repository_id, every_minutes: null, hook });
  for (let n = 0; n < 5; n += 1) await send('ann', 'want-sync', { repository_id, hook });
  expect(await triggersOf('ann', repository_id)).toEqual(['call']);
  now += 2 * MINUTE;
  await vi.waitFor(async () => expect(await triggersOf('ann', repository_id)).toEqual(['call', 'webhook']));
});
