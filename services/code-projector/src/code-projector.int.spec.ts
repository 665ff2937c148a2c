import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeIndexFiles, CODE_PROJECTION, digestCodeIndex, digestVisible } from '@memlane/code-index';
import { live, readEnv, type Env } from '@memlane/contracts';
import { connectNats, openBlobs, openLog, type EventLog } from '@memlane/event-log';
import { openReaderDb, readCheckpoint, readLiveGeneration, type Db } from '@memlane/projection';
import { createLogger } from '@memlane/telemetry';
import {
  readSourceTree,
  recordRepositories,
  startNatsServer,
  tempDir,
  type RepositoryRecorder,
  type SourceTree,
  type TestNatsServer,
} from '@memlane/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { start } from './start.js';

const WAIT = { timeout: 60_000, interval: 20 };

let server: TestNatsServer;
let variables: Record<string, string>;
let env: Env;
let log: EventLog;
let repositories: RepositoryRecorder;
let tree: SourceTree;
let stops: (() => Promise<unknown>)[];

const sources = (name: string) => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

function read<T>(generation: number, reading: (db: Db) => T): T {
  const db = openReaderDb(codeIndexFiles(env.MEMLANE_DATA_DIR).db(generation, 0));
  try {
    return reading(db);
  } finally {
    db.close();
  }
}

const generation = () => readLiveGeneration(codeIndexFiles(env.MEMLANE_DATA_DIR)) ?? 0;
const appliedSeq = () => read(generation(), (db) => readCheckpoint(db, CODE_PROJECTION)?.seq ?? 0);
const reach = (seq: number) => vi.waitFor(() => expect(appliedSeq()).toBeGreaterThanOrEqual(seq), WAIT);

async function startHere() {
  const service = await start({
    env: { ...env, ...server.envOf('code-projector') },
    log: createLogger('code-projector', 'error'),
  });
  stops.unshift(() => service.stop());
  return service;
}

beforeEach(async () => {
  server = await startNatsServer();
  variables = { ...server.env, MEMLANE_PARTITIONS: '1', MEMLANE_DATA_DIR: await tempDir() };
  env = readEnv(variables);
  const nc = await connectNats(env, { name: 'test' });
  log = await openLog(nc, { partitions: 1, replicas: 1 });
  repositories = recordRepositories(log, openBlobs(log), 'ann');
  const all = Object.entries(await readSourceTree(sources('fastify'), /\.js$/u));
  tree = { ...Object.fromEntries(all.filter(([path]) => /^(?:lib|docs|test\/[a-d])/u.test(path))), 'logo.png': null };
  stops = [() => nc.close(), () => server.stop()];
});

afterEach(async () => {
  for (const stop of stops) await stop();
});

describe('the code projector', () => {
  it('indexes real sources, and rebuilds the same index beside the live one', async () => {
    await startHere();
    const small = Object.fromEntries(Object.entries(tree).filter(([path]) => path.startsWith('lib/')));
    await repositories.sync('fastify', small);
    await repositories.sync('fastify', tree);
    await repositories.sync('other', { ...small, 'x.py': 'def retry():\n    pass\n' });
    await reach(await repositories.remove('other'));
    const before = read(1, digestCodeIndex);
    const files = read(1, (db) => db.prepare('SELECT files FROM repository').pluck().get());
    expect(files).toBe(Object.keys(tree).length - 1);
    const symbols = read(1, (db) => db.prepare('SELECT count(*) FROM symbol').pluck().get() as number);
    expect(symbols).toBeGreaterThan(500);

    await log.nc.request(live.admin('code-projector', 'rebuild'), undefined, { timeout: 5_000 });
    await vi.waitFor(() => expect(generation()).toBe(2), WAIT);
    await reach(await log.lastSeq(0));
    expect(read(2, digestCodeIndex)).toBe(before);
  });

  it('has the index of an undisturbed sync after kill -9 at any time', async () => {
    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
    const run = () => fork(main, { env: { ...process.env, ...variables }, execArgv: [], silent: true });
    const kill = async (child: ChildProcess) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    };
    const last = await repositories.sync('fastify', tree);
    let child = run();
    stops.unshift(() => kill(child));
    await vi.waitFor(() => expect(generation()).toBe(1), WAIT);
    // Whenever a few more contents are there, whether or not their commit is applied.
    for (let round = 1; round <= 4; round++) {
      await vi.waitFor(
        () => {
          const contents = read(1, (db) => db.prepare('SELECT count(*) FROM blob').pluck().get() as number);
          expect(contents).toBeGreaterThan(0);
          expect(appliedSeq() >= last || contents >= round * 10).toBe(true);
        },
        { timeout: 60_000, interval: 2 },
      );
      await kill(child);
      child = run();
    }
    await reach(last);
    await kill(child);
    const disturbed = read(1, digestVisible);

    variables = { ...variables, MEMLANE_DATA_DIR: await tempDir() };
    env = readEnv(variables);
    await startHere();
    await reach(last);
    expect(read(1, digestVisible)).toBe(disturbed);
  }, 240_000);

  it('records a file that its parser gives up as text, with the reason', async () => {
    await startHere();
    const huge = `const x = ${'['.repeat(400_000)}`;
    await reach(await repositories.sync('odd', { 'huge.js': huge, 'good.js': 'function good() {}' }));
    const rows = read(1, (db) =>
      db.prepare('SELECT f.path, b.as_text FROM file f JOIN blob b ON b.key = f.blob').all(),
    );
    expect(rows).toContainEqual({ path: 'good.js', as_text: null });
    expect(read(1, (db) => db.prepare("SELECT length(group_concat(text, '')) FROM chunk").pluck().get())).toBe(
      huge.length + 'function good() {}'.length,
    );
  });
});
