import { join } from 'node:path';
import { readEnv, subjects, type StoredCommit } from '@memlane/contracts';
import { connectNats, openLog, type EventLog } from '@memlane/event-log';
import { startNatsServer, tempDir, type TestNatsServer } from '@memlane/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CheckpointMovedError, checkpointSchema, LogRegressedError, readCheckpoint } from './checkpoint.js';
import { openWriterDb, type Db } from './open-db.js';
import { runProjection, type ProjectionOptions, type RunningProjection } from './run-projection.js';

let server: TestNatsServer;
let log: EventLog;
let db: Db;
let path: string;
const running: RunningProjection[] = [];
const lastSeqs = new Map<string, number>();
let commits = 0;

async function append(owner: string, count = 1): Promise<number> {
  let seq = lastSeqs.get(owner) ?? 0;
  for (let n = 0; n < count; n++) {
    const commit: StoredCommit = {
      v: 1,
      commandId: `c${++commits}`,
      fingerprint: '',
      owner,
      actor: 'key',
      client: 'test',
      at: new Date().toISOString(),
      correlationId: 'x',
      events: [{ id: 'e', type: 'memories-deleted', v: 1, data: { ids: [`m${commits}`] } }],
      result: null,
    };
    const appended = await log.append(commit, { aggregate: 'memory', expectedLastSubjectSeq: seq });
    if (!appended.ok) throw new Error(appended.reason);
    seq = appended.seq;
  }
  lastSeqs.set(owner, seq);
  return seq;
}

async function run(options: Partial<ProjectionOptions> = {}): Promise<RunningProjection> {
  const insert = db.prepare('INSERT INTO applied (seq, owner) VALUES (?, ?)');
  const projection = await runProjection({
    log,
    partition: 0,
    db,
    name: 'test',
    apply: (items) => {
      for (const { seq, owner } of items) insert.run(seq, owner);
    },
    ...options,
  });
  running.push(projection);
  return projection;
}

const applied = () => db.prepare('SELECT seq FROM applied ORDER BY seq').pluck().all();
const upTo = (seq: number) => Array.from({ length: seq }, (_, index) => index + 1);

beforeAll(async () => {
  server = await startNatsServer();
});

afterAll(async () => {
  await server.stop();
});

beforeEach(async () => {
  const nc = await connectNats(readEnv(server.env), { name: 'test' });
  log = await openLog(nc, { partitions: 1, replicas: 1 });
  path = join(await tempDir(), 'test.sqlite');
  db = openWriterDb(path);
  db.exec(`${checkpointSchema}; CREATE TABLE applied (seq INTEGER PRIMARY KEY, owner TEXT)`);
});

afterEach(async () => {
  for (const projection of running.splice(0)) await projection.stop();
  db.close();
  await log.jsm.streams.delete('EVT_00');
  await log.nc.close();
  lastSeqs.clear();
});

describe('a projection', () => {
  it('applies every commit once, across a stop and a start', async () => {
    const first = await run();
    await first.caughtUp(await append('ann', 20));
    await first.stop();
    const last = await append('bob', 300);
    const progress = vi.fn();
    const second = await run({ onCommitted: progress });
    await second.caughtUp(last);
    expect(applied()).toEqual(upTo(last));
    expect(readCheckpoint(db, 'test')?.seq).toBe(last);
    expect(progress).toHaveBeenLastCalledWith({ partition: 0, seq: last, pending: 0 });
  });

  it('tells who waits for a sequence when it is stopped', async () => {
    const projection = await run();
    const waiting = projection.caughtUp(1_000);
    await Promise.all([expect(waiting).rejects.toThrow('stopped'), projection.stop()]);
  });

  it('stops when another writer has moved its checkpoint, and writes nothing', async () => {
    const projection = await run();
    await projection.caughtUp(await append('ann'));
    const other = openWriterDb(path);
    other.exec('UPDATE checkpoint SET seq = 7');
    other.close();
    await append('ann');
    await expect(projection.ended).rejects.toThrow(CheckpointMovedError);
    expect(applied()).toEqual([1]);
  });

  it('refuses a log that ends before its checkpoint', async () => {
    const projection = await run();
    await projection.caughtUp(await append('ann', 3));
    await projection.stop();
    db.exec('UPDATE checkpoint SET seq = 9');
    await expect(run()).rejects.toThrow(LogRegressedError);
  });

  it('refuses a log that has another commit at its checkpoint', async () => {
    const projection = await run();
    await projection.caughtUp(await append('ann', 3));
    await projection.stop();
    db.exec("UPDATE checkpoint SET msg_id = 'another'");
    await expect(run()).rejects.toThrow(/another commit at 3/);
  });

  it('refuses a log that was created anew', async () => {
    const projection = await run();
    await projection.caughtUp(await append('ann', 3));
    await projection.stop();
    db.exec("UPDATE checkpoint SET stream_created = '2020-01-01T00:00:00Z'");
    await expect(run()).rejects.toThrow(/created anew/);
  });

  it('goes on when the commit at its checkpoint was erased', async () => {
    const projection = await run();
    const last = await append('ann', 3);
    await projection.caughtUp(last);
    await projection.stop();
    await log.jsm.streams.purge('EVT_00', { filter: subjects.event(0, 'ann', 'memory') });
    const again = await run();
    await again.caughtUp(await append('bob'));
    expect(applied()).toEqual(upTo(last + 1));
  });

  it('hands over a commit that cannot be applied, once, and goes on with the others', async () => {
    const parked: number[] = [];
    const insert = db.prepare('INSERT INTO applied (seq, owner) VALUES (?, ?)');
    await append('ann', 3);
    await append('eve');
    const last = await append('ann', 3);
    const projection = await run({
      apply: (items) => {
        for (const { seq, owner } of items) {
          if (owner === 'eve') throw new Error('does not fit');
          insert.run(seq, owner);
        }
      },
      onPoison: ({ seq, owner }) => {
        expect(owner).toBe('eve');
        parked.push(seq);
      },
    });
    await projection.caughtUp(last);
    expect(parked).toEqual([4]);
    expect(applied()).toEqual([1, 2, 3, 5, 6, 7]);
  });

  it('hands over a commit that cannot be read, and goes on with the others', async () => {
    const parked: unknown[] = [];
    await append('ann', 2);
    await log.js.publish(subjects.event(0, 'eve', 'memory'), '{"v": 99}', { msgID: 'strange' });
    const last = await append('ann', 2);
    const projection = await run({ onPoison: (commit) => parked.push(commit) });
    await projection.caughtUp(last);
    expect(parked).toEqual([{ seq: 3, msgId: 'strange', owner: 'eve' }]);
    expect(applied()).toEqual([1, 2, 4, 5]);
  });

  it('stops at a commit that cannot be applied when nobody takes it', async () => {
    const projection = await run({
      apply: () => {
        throw new Error('does not fit');
      },
    });
    const waiting = projection.caughtUp(1);
    await Promise.all([expect(waiting).rejects.toThrow('does not fit'), append('ann')]);
    await expect(projection.ended).rejects.toThrow('does not fit');
    expect(readCheckpoint(db, 'test')).toBeUndefined();
  });

  it('applies in order what was prepared out of order', async () => {
    const prepared: number[] = [];
    const insert = db.prepare('INSERT INTO applied (seq, owner) VALUES (?, ?)');
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const projection = await runProjection<string>({
      log,
      partition: 0,
      db,
      name: 'test',
      prepare: async ({ seq }) => {
        if (seq === 1) await held;
        prepared.push(seq);
        if (seq === 3) release();
        return `for ${seq}`;
      },
      apply: (items) => {
        for (const item of items) {
          expect(item.prepared).toBe(`for ${item.seq}`);
          insert.run(item.seq, item.owner);
        }
      },
    });
    running.push(projection);
    const last = await append('ann', 20);
    await projection.caughtUp(last);
    expect(prepared.indexOf(1)).toBeGreaterThan(prepared.indexOf(3));
    expect(applied()).toEqual(upTo(last));
  });

  it('lets a commit be prepared from the rows of those before it', async () => {
    const seen: unknown[] = [];
    const projection = await run({
      concerns: ({ seq }) => seq % 3 !== 0,
      prepare: async ({ seq }, before) => {
        if (seq % 4 !== 0) return undefined;
        await before();
        seen.push(...applied().slice(-1));
        return undefined;
      },
    });
    await projection.caughtUp(await append('ann', 16));
    // The third, and the like, have no rows.
    expect(seen).toEqual([2, 7, 11, 14]);
  });

  it('stops although a commit waits for those before it', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let asked = false;
    const projection = await run({
      prepare: async ({ seq }, before) => {
        if (seq === 1) await held;
        if (seq !== 2) return undefined;
        asked = true;
        await before();
        return undefined;
      },
    });
    await append('ann', 3);
    await vi.waitFor(() => expect(asked).toBe(true));
    const stopped = projection.stop();
    release();
    await stopped;
    expect(applied()).toEqual([]);
  });

  it('stops when a commit cannot be prepared, and has what came before it', async () => {
    const last = await append('ann', 5);
    const projection = await run({
      prepare: async ({ seq }) => {
        if (seq === 4) throw new Error('away');
        return undefined;
      },
    });
    await expect(projection.ended).rejects.toThrow('away');
    expect(applied()).toEqual([1, 2, 3]);
    const again = await run();
    await again.caughtUp(last);
    expect(applied()).toEqual(upTo(last));
  });

  it('writes what somebody waits for without waiting for what comes after it', async () => {
    const seen = new Map<number, () => void>();
    const projection = await run({ onCommitted: ({ seq }) => seen.get(seq)?.() });
    await projection.caughtUp(await append('ann'));
    // From here on nothing is written because time passes.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const last = await append('ann', 2);
      const written = new Promise<void>((resolve) => seen.set(last, resolve));
      projection.hurry(last);
      await written;
    } finally {
      vi.useRealTimers();
    }
    expect(applied()).toEqual([1, 2, 3]);
  });

  it('passes commits that it has nothing to apply of, and moves its checkpoint with the next that it has', async () => {
    const progress = vi.fn();
    const projection = await run({ concerns: ({ owner }) => owner === 'ann', onCommitted: progress });
    await projection.caughtUp(await append('ann'));
    await append('bob', 30);
    const passed = await log.lastSeq(0);
    await projection.caughtUp(passed);
    expect(progress).toHaveBeenLastCalledWith({ partition: 0, seq: passed, pending: 0 });
    await projection.caughtUp(await append('ann'));
    expect(applied()).toEqual([1, 32]);
    expect(readCheckpoint(db, 'test')?.seq).toBe(32);
    await append('bob');
    await vi.waitFor(() => expect(readCheckpoint(db, 'test')?.seq).toBe(33), { timeout: 10_000 });
  });
});
