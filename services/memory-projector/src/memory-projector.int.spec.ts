import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { dataPaths, live, readEnv, subjects, type Env, type ProgressNotice } from '@memlane/contracts';
import { connectNats, openLog, type EventLog } from '@memlane/event-log';
import { listParked, openReaderDb, readCheckpoint, type Db } from '@memlane/projection';
import { digestReadModel, MEMORY_PROJECTION, readGeneration } from '@memlane/read-model';
import { createLogger } from '@memlane/telemetry';
import { damageFile, damageTable, startNatsServer, tempDir, type TestNatsServer } from '@memlane/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { appendTo, digestOfLog, ownerIn, stored } from './log.fixture.js';
import { start } from './start.js';

const PARTITIONS = 2;
const WAIT = { timeout: 30_000, interval: 20 };

let server: TestNatsServer;
let variables: Record<string, string>;
let env: Env;
let log: EventLog;
let append: ReturnType<typeof appendTo>;
let stops: (() => Promise<unknown>)[];
const ann = ownerIn(0, PARTITIONS, 'ann');
const bob = ownerIn(0, PARTITIONS, 'bob');
const eve = ownerIn(1, PARTITIONS, 'eve');

interface Status {
  readonly generation: number;
  readonly partitions: readonly { readonly seq: number; readonly parked: readonly { readonly owner: string }[] }[];
  readonly rebuild?: { readonly state: string; readonly error?: string };
}

async function ask<T>(verb: string): Promise<T> {
  return (await log.nc.request(live.admin('memory-projector', verb), undefined, { timeout: 5_000 })).json<T>();
}

function readFrom<T>(generation: number, partition: number, read: (db: Db) => T): T {
  const db = openReaderDb(dataPaths(env.MEMLANE_DATA_DIR).memoryDb(generation, partition));
  try {
    return read(db);
  } finally {
    db.close();
  }
}

const appliedSeq = (generation: number, partition: number) =>
  readFrom(generation, partition, (db) => readCheckpoint(db, MEMORY_PROJECTION)?.seq ?? 0);

async function expectLiveEqualsLog(): Promise<void> {
  const generation = readGeneration(env.MEMLANE_DATA_DIR) ?? 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const end = await log.lastSeq(partition);
    await vi.waitFor(() => expect(appliedSeq(generation, partition)).toBe(end), WAIT);
    expect(readFrom(generation, partition, digestReadModel)).toBe(await digestOfLog(log, partition));
  }
}

async function startHere() {
  const service = await start({ env, log: createLogger('memory-projector', 'error') });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= service.stop());
  stops.unshift(stop);
  return { stop };
}

// Without the test runner's own arguments: the process is the built one, as in production.
function run(): ChildProcess {
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  return fork(main, { env: { ...process.env, ...variables }, execArgv: [], silent: true });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Runs a process that ends by itself once `spoil` has been done to its files. @returns what it wrote */
async function runUntilItEnds(spoil: () => unknown): Promise<string> {
  const child = run();
  stops.unshift(() => kill(child));
  let written = '';
  child.stdout?.on('data', (data: Buffer) => (written += data.toString()));
  const ended = once(child, 'close');
  await once(child, 'message');
  await expectLiveEqualsLog();
  await spoil();
  expect(await ended).toEqual([1, null]);
  return written;
}

beforeEach(async () => {
  server = await startNatsServer();
  variables = { ...server.env, MEMLANE_PARTITIONS: String(PARTITIONS), MEMLANE_DATA_DIR: await tempDir() };
  env = readEnv(variables);
  const nc = await connectNats(env, { name: 'test' });
  log = await openLog(nc, { partitions: PARTITIONS, replicas: 1 });
  append = appendTo(log);
  stops = [() => nc.close(), () => server.stop()];
});

afterEach(async () => {
  for (const stop of stops) await stop();
});

describe('the memory projector', () => {
  it('tells of its progress and has what the log has', async () => {
    const notices: ProgressNotice[] = [];
    log.nc.subscribe(live.progressAll('memory'), { callback: (_error, message) => void notices.push(message.json()) });
    await startHere();
    await append(ann, stored('a', 'one', 'talk'), stored('b', 'two', 'talk'));
    await append(eve, stored('c', 'three'));
    await expectLiveEqualsLog();
    const expected = { generation: 1, partition: 0, epoch: log.epoch(0), seq: 1, pending: 0 };
    await vi.waitFor(() => expect(notices).toContainEqual(expected), WAIT);
  });

  it('builds a copy of its own on another machine, beside the first one', async () => {
    await startHere();
    for (let n = 0; n < 50; n++) await append([ann, bob, eve][n % 3] ?? ann, stored(`m${n}`, `memory ${n}`, 'talk'));
    const other = { ...variables, MEMLANE_DATA_DIR: await tempDir() };
    const second = await start({ env: readEnv(other), log: createLogger('memory-projector', 'error') });
    stops.unshift(() => second.stop());
    for (let n = 50; n < 100; n++) await append([ann, bob, eve][n % 3] ?? ann, stored(`m${n}`, `memory ${n}`, 'talk'));
    await expectLiveEqualsLog();
    env = readEnv(other);
    await expectLiveEqualsLog();
  });

  it('goes on exactly once after kill -9 in the middle of its work', async () => {
    let child = run();
    stops.unshift(() => kill(child));
    let written = 0;
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 150; n++) {
        const owner = [ann, bob, eve][n % 3] ?? ann;
        await append(owner, stored(`m${written++}`, `memory ${written} of ${owner}`, `talk-${n % 5}`));
      }
      await vi.waitFor(() => {
        expect(readGeneration(env.MEMLANE_DATA_DIR)).toBe(1);
        expect(appliedSeq(1, 0)).toBeGreaterThan(round * 100);
      }, WAIT);
      await kill(child);
      child = run();
    }
    await expectLiveEqualsLog();
  });

  it('sets damaged files aside at its start and builds them anew', async () => {
    await append(ann, stored('a', 'one'));
    await append(eve, stored('b', 'two'));
    const first = await startHere();
    await expectLiveEqualsLog();
    await first.stop();
    const paths = dataPaths(env.MEMLANE_DATA_DIR);
    const file = paths.memoryDb(1, 0);
    damageFile(file);
    const second = await startHere();
    await expectLiveEqualsLog();
    await second.stop();
    expect(readGeneration(env.MEMLANE_DATA_DIR)).toBe(1);
    expect(existsSync(`${file}.damaged`)).toBe(true);
    expect(existsSync(`${paths.memoryDb(1, 1)}.damaged`)).toBe(false);

    await writeFile(paths.readModelCurrent, '{bad');
    await startHere();
    await expectLiveEqualsLog();
    // It is not known which one was live, so that none that was there is taken for it.
    expect(readGeneration(env.MEMLANE_DATA_DIR)).toBe(2);
    expect(await readFile(`${paths.readModelCurrent}.damaged`, 'utf8')).toBe('{bad');
  });

  it('ends when it comes upon damage, and has what the log has after its next start', async () => {
    await append(ann, stored('a', 'one'));
    const file = dataPaths(env.MEMLANE_DATA_DIR).memoryDb(1, 0);
    const first = await startHere();
    await expectLiveEqualsLog();
    await first.stop();
    damageTable(file, 'memory_by_time');
    const said = await runUntilItEnds(() => append(ann, stored('b', 'two')));
    expect(said).toContain(`${file}.damaged`);
    const again = run();
    stops.unshift(() => kill(again));
    await expectLiveEqualsLog();
  });

  it('ends when a reader has found damage where it does not look itself', async () => {
    await append(ann, stored('a', 'one'));
    const file = dataPaths(env.MEMLANE_DATA_DIR).memoryDb(1, 0);
    const said = await runUntilItEnds(() => {
      damageTable(file, 'memory_by_type');
      log.nc.publish(live.admin('memory-projector', 'check'));
    });
    expect(said).toContain(`${file}.damaged`);
    const again = run();
    stops.unshift(() => kill(again));
    await expectLiveEqualsLog();
  });

  it('ends when its files are deleted, and has what the log has after its next start', async () => {
    await append(ann, stored('a', 'one'));
    const { readModel } = dataPaths(env.MEMLANE_DATA_DIR);
    const said = await runUntilItEnds(() => rm(readModel, { recursive: true }));
    expect(said).toContain('is no longer the file that was opened');
    const again = run();
    stops.unshift(() => kill(again));
    await vi.waitFor(() => expect(readGeneration(env.MEMLANE_DATA_DIR)).toBe(1), WAIT);
    await expectLiveEqualsLog();
  });

  it.each(['deleted', 'damaged'])('names its generation again when the file that does is %s', async (how) => {
    await startHere();
    const { readModelCurrent } = dataPaths(env.MEMLANE_DATA_DIR);
    await (how === 'deleted' ? rm(readModelCurrent) : writeFile(readModelCurrent, '{'));
    expect(readGeneration(env.MEMLANE_DATA_DIR)).toBeUndefined();
    await vi.waitFor(() => expect(readGeneration(env.MEMLANE_DATA_DIR)).toBe(1), WAIT);
  });

  it('parks the owner of a commit that it cannot apply, and nobody else', async () => {
    await startHere();
    await append(ann, stored('a', 'one'));
    const changes = { type: 'x' };
    await append(bob, { type: 'memory-updated', data: { id: 'nothing', version: 2, changes } });
    await append(bob, stored('b', 'later'));
    await append(ann, stored('c', 'three'));
    await log.js.publish(subjects.event(1, eve, 'memory'), 'not a commit', { msgID: 'strange' });
    const last = await append(ownerIn(1, PARTITIONS, 'dan'), stored('d', 'four'));
    await vi.waitFor(() => expect(appliedSeq(1, 1)).toBe(last), WAIT);
    await vi.waitFor(() => expect(appliedSeq(1, 0)).toBe(4), WAIT);
    expect(readFrom(1, 0, (db) => db.prepare('SELECT id FROM memory ORDER BY ord').pluck().all())).toEqual(['a', 'c']);
    const status = await ask<Status>('status');
    expect(status.partitions.map(({ parked }) => parked.map(({ owner }) => owner))).toEqual([[bob], [eve]]);
    expect(readFrom(1, 0, listParked)).toEqual([
      { owner: bob, seq: 2, reason: 'Error: memory-updated: no such memory' },
    ]);
    expect(readFrom(1, 1, listParked)).toEqual([{ owner: eve, seq: 1, reason: 'SyntaxError' }]);
  });

  it('stops a rebuild at a commit that it cannot apply, and the live read model goes on', async () => {
    await startHere();
    const changes = { type: 'x' };
    await append(bob, { type: 'memory-updated', data: { id: 'nothing', version: 2, changes } });
    expect(await ask('rebuild')).toMatchObject({ accepted: true, rebuild: { generation: 2 } });
    await vi.waitFor(async () => expect((await ask<Status>('status')).rebuild?.state).toBe('failed'), WAIT);
    const status = await ask<Status>('status');
    expect(status.rebuild?.error).toContain('commit 1 of partition 0 cannot be applied');
    expect(status.generation).toBe(1);
    expect(existsSync(dataPaths(env.MEMLANE_DATA_DIR).memoryDb(2, 0))).toBe(false);
    const last = await append(ann, stored('a', 'one'));
    await vi.waitFor(() => expect(appliedSeq(1, 0)).toBe(last), WAIT);
  });

  it('rebuilds under writes: what was built anew equals what was live, and takes its place', async () => {
    await startHere();
    for (let n = 0; n < 400; n++) await append([ann, bob, eve][n % 3] ?? ann, stored(`m${n}`, `memory ${n}`, 'talk'));
    expect(await ask('rebuild')).toMatchObject({ accepted: true });
    for (let n = 400; n < 700; n++) await append([ann, bob, eve][n % 3] ?? ann, stored(`m${n}`, `memory ${n}`));
    await vi.waitFor(async () => expect((await ask<Status>('status')).generation).toBe(2), WAIT);
    await append(ann, stored('after', 'written after the switch'));
    expect(readGeneration(env.MEMLANE_DATA_DIR)).toBe(2);
    await expectLiveEqualsLog();
    await vi.waitFor(() => expect(existsSync(dataPaths(env.MEMLANE_DATA_DIR).memoryDb(1, 0))).toBe(false), WAIT);
  });

  it('builds a new read model when the log is not the one it was built from', async () => {
    const first = await startHere();
    await append(ann, stored('a', 'one'));
    await expectLiveEqualsLog();
    await first.stop();
    stops.shift();
    const db = openReaderDb(dataPaths(env.MEMLANE_DATA_DIR).memoryDb(1, 0));
    db.pragma('query_only = OFF');
    db.exec("UPDATE checkpoint SET msg_id = 'of another log'");
    db.close();
    await startHere();
    expect(readGeneration(env.MEMLANE_DATA_DIR)).toBe(2);
    await expectLiveEqualsLog();
  });
});
