import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, rmSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { dataPaths, live, readEnv, type MemoryEvent } from '@memlane/contracts';
import { embedRemotely } from '@memlane/embeddings';
import { connectNats } from '@memlane/event-log';
import { advanceCheckpoint, checkpointSchema, openWriterDb, readCheckpoint, type Db } from '@memlane/projection';
import { applyCommits, MEMORY_PROJECTION, prepareReadModel, writeGeneration } from '@memlane/read-model';
import { createLogger, type RunningService } from '@memlane/telemetry';
import { damageFile, damageTable, modelDir, startNatsServer, tempDir, type TestNatsServer } from '@memlane/testkit';
import { openVectorSearch, type VectorSearch } from '@memlane/vector-store';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { start } from './start.js';

const embedderEntry = new URL('../../embedder/dist/main.js', import.meta.url);
const wait = { timeout: 40_000, interval: 25 };
let server: TestNatsServer;
let variables: Record<string, string>;
let nc: NatsConnection;
let embedder: ChildProcess | undefined;

beforeAll(async () => {
  server = await startNatsServer();
  variables = {
    ...server.env,
    MEMLANE_MODEL_DIR: await modelDir(),
    MEMLANE_PARTITIONS: '1',
    MEMLANE_LOG_LEVEL: 'error',
  };
  nc = await connectNats(readEnv(variables), { name: 'test' });
});
afterAll(async () => {
  await nc.close();
  await server.stop();
});

async function startEmbedder(more: Record<string, string> = {}): Promise<void> {
  embedder = fork(embedderEntry, { env: { ...process.env, ...variables, ...more }, execArgv: [], silent: true });
  embedder.stdout?.resume();
  await once(embedder, 'message');
}

async function killEmbedder(): Promise<void> {
  if (!embedder || embedder.exitCode !== null || embedder.signalCode !== null) return;
  const exited = once(embedder, 'exit');
  embedder.kill('SIGKILL');
  await exited;
}

let dataDir: string;
let readModel: Db;
let projector: RunningService | undefined;
let search: VectorSearch;
let seq: number;

function openReadModel(generation: number): void {
  readModel = openWriterDb(dataPaths(dataDir).memoryDb(generation, 0));
  readModel.exec(checkpointSchema);
  prepareReadModel(readModel);
}

beforeEach(async () => {
  dataDir = await tempDir();
  seq = 0;
  openReadModel(1);
  writeGeneration(dataDir, 1);
  search = openVectorSearch({ dataDir, partitions: 1 });
});
afterEach(async () => {
  await projector?.stop();
  projector = undefined;
  await killEmbedder();
  search.close();
  readModel.close();
});

/** What the memory projector does with one commit. */
function project(owner: string, events: readonly MemoryEvent[]): void {
  seq += 1;
  const at = new Date(Date.UTC(2026, 0, 1) + seq * 1_000).toISOString();
  const named = events.map((event, i) => ({ ...event, id: `e${seq}-${i}` }));
  const commit = { v: 1, commandId: `c${seq}`, fingerprint: '', owner, actor: 'a', client: 'c', at } as const;
  const created = '2026-01-01T00:00:00Z';
  readModel.transaction(() => {
    applyCommits(readModel, [{ seq, commit: { ...commit, correlationId: 'x', events: named, result: null } }]);
    const next = { stream: 'EVT_00', streamCreated: created, seq, msgId: `c${seq}` };
    advanceCheckpoint(readModel, MEMORY_PROJECTION, readCheckpoint(readModel, MEMORY_PROJECTION), next);
  })();
  nc.publish(live.progress('memory', 0), JSON.stringify({ generation: 1, partition: 0, epoch: 'e', seq, pending: 0 }));
}

const stored = (id: string, content: string): MemoryEvent => {
  const content_hash = createHash('sha256').update(content).digest('hex');
  const rest = { type: null, tags: [], metadata: {}, conversation_id: null, expires_at: null };
  return { type: 'memory-stored', data: { id, content, content_hash, ...rest } };
};

async function startProjector(): Promise<void> {
  const env = readEnv({ ...variables, MEMLANE_DATA_DIR: dataDir });
  projector = await start({ env, log: createLogger('vector-projector', 'error') });
}

const caughtUp = () => vi.waitFor(() => expect(search.appliedSeq(0)).toBe(seq), wait);

async function find(owner: string, query: string, k = 3): Promise<string[]> {
  const embedded = await embedRemotely(nc, 'interactive', { kind: 'query', texts: [query] }, 5_000);
  if (!embedded.ok) throw new Error(embedded.state);
  const [vector = new Float32Array()] = embedded.vectors;
  const answer = await search.nearest({ owner, partition: 0, vector, model: embedded.model, k });
  return answer.hits.map(({ memoryId }) => memoryId);
}

/** Texts of memories that the embedder has done. */
async function countEmbedded(): Promise<number> {
  const status = await nc.request(live.admin('embedder', 'status'));
  const { fresh, bulk } = status.json<{ lanes: Record<'fresh' | 'bulk', { embedded: number }> }>().lanes;
  return fresh.embedded + bulk.embedded;
}

const facts = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) =>
    stored(`m${from + i}`, `Invoice ${from + i} was paid by customer ${(from + i) * 7}`),
  );

test('finds a memory by its meaning, follows its update and forgets it when it is deleted', async () => {
  await startEmbedder();
  await startProjector();
  project('anna', [stored('dog', 'My dog is called Rex'), stored('tea', 'I prefer green tea in the morning')]);
  project('ben', [stored('car', 'The car needs new tyres')]);
  await caughtUp();
  expect((await find('anna', 'name of the pet'))[0]).toBe('dog');
  expect(await find('ben', 'name of the pet')).toEqual(['car']);

  const changes = { content: 'We bought a house by the sea', content_hash: 'h' };
  project('anna', [{ type: 'memory-updated', data: { id: 'dog', version: 2, changes } }]);
  project('ben', [{ type: 'memories-deleted', data: { ids: ['car'] } }]);
  await caughtUp();
  expect((await find('anna', 'where do we live?'))[0]).toBe('dog');
  expect(await find('ben', 'car')).toEqual([]);
});

test('finds what stands at the end of a long memory', async () => {
  await startEmbedder();
  await startProjector();
  const filler = 'The committee discussed the budget of the next quarter at length. '.repeat(80);
  project('anna', [stored('long', `${filler} The wifi password is on the fridge.`), stored('other', 'Budget plans')]);
  await caughtUp();
  expect((await find('anna', 'where is the wireless network password written down?'))[0]).toBe('long');
});

test('kill-9-of-the-embedder-loses-no-vector', async () => {
  await startEmbedder();
  await startProjector();
  for (let from = 0; from < 300; from += 50) project('anna', facts(from, 50));
  await new Promise<void>((resolve) => {
    nc.subscribe(live.progress('vectors', 0), { max: 1, callback: () => resolve() });
  });
  await killEmbedder();
  expect(search.appliedSeq(0)).toBeLessThan(seq);
  project('anna', facts(300, 20));
  await startEmbedder();
  await caughtUp();
  for (const i of [0, 120, 299, 310])
    expect(await find('anna', `Invoice ${i} paid by customer ${i * 7}`)).toContain(`m${i}`);
});

test('goes on where it was after it was stopped, and serves a rebuilt read model from what it has', async () => {
  await startEmbedder();
  await startProjector();
  project('anna', facts(0, 40));
  await caughtUp();
  await projector?.stop();
  const again = facts(40, 10);
  project('anna', again);
  await startProjector();
  await caughtUp();

  const before = await countEmbedded();
  readModel.close();
  openReadModel(2);
  seq = 0;
  project('anna', facts(0, 40));
  project('anna', again);
  project('anna', facts(50, 1));
  writeGeneration(dataDir, 2);
  project('ben', [stored('b', 'Something new')]);
  await caughtUp();
  expect((await countEmbedded()) - before).toBe(2);
  expect(await find('anna', 'Invoice 45', 50)).toContain('m45');
});

test('does not let one owner wait behind the import of another', async () => {
  await startEmbedder();
  for (let from = 0; from < 600; from += 100) project('anna', facts(from, 100));
  project('ben', [stored('b', 'The spare key is under the flower pot')]);
  await startProjector();
  await vi.waitFor(() => expect(search.appliedSeq(0, { owner: 'ben' })).toBe(seq), wait);
  expect(search.appliedSeq(0, { owner: 'anna' })).toBeLessThan(6);
  expect(await find('ben', 'where is the key?')).toEqual(['b']);
});

test('embeds what an owner stores beside running imports of others about as soon as their next texts', async () => {
  await startEmbedder();
  await startProjector();
  // More of them than have a batch in the embedder at once.
  const importing = ['anna', 'carl', 'dora', 'emil', 'fred'];
  for (let from = 0; from < 300; from += 100) for (const owner of importing) project(owner, facts(from, 100));
  await vi.waitUntil(async () => (await countEmbedded()) > 40, wait);
  project('ben', [stored('b', 'The spare key is under the flower pot')]);
  const before = await countEmbedded();
  await vi.waitUntil(() => search.appliedSeq(0, { owner: 'ben' }) === seq, { timeout: 40_000, interval: 2 });
  // A run of the model that had begun, one with this text, and what it takes to look: not a batch of either of the others.
  expect((await countEmbedded()) - before).toBeLessThan(48);
  expect(search.appliedSeq(0, { owner: 'anna' })).toBeLessThan(seq);
});

test('says that embedding is off when there is no model, and waits for one', async () => {
  await startEmbedder({ MEMLANE_EMBEDDINGS: 'none' });
  expect(await embedRemotely(nc, 'interactive', { kind: 'query', texts: ['x'] }, 5_000)).toEqual({
    ok: false,
    state: 'off',
  });
  await startProjector();
  project('anna', [stored('a', 'A late bird')]);
  await killEmbedder();
  expect(await embedRemotely(nc, 'interactive', { kind: 'query', texts: ['x'] })).toEqual({
    ok: false,
    state: 'unavailable',
  });
  await startEmbedder();
  await caughtUp();
  expect(await find('anna', 'bird')).toEqual(['a']);
});

test.each(['cut off', 'overwritten'])(
  'a vectors file that was %s is set aside at the start and filled anew',
  async (how) => {
    await startEmbedder();
    await startProjector();
    project('anna', [stored('dog', 'My dog is called Rex'), stored('tea', 'I prefer green tea in the morning')]);
    await caughtUp();
    await projector?.stop();
    const file = dataPaths(dataDir).vectorsDb(0);
    if (how === 'cut off') {
      // What waits beside it, since a reader has it open, would mend it.
      for (const part of ['-wal', '-shm']) rmSync(file + part, { force: true });
      truncateSync(file, 2_000);
    } else damageFile(file);
    await startProjector();
    await caughtUp();
    expect((await find('anna', 'name of the pet'))[0]).toBe('dog');
    expect(existsSync(`${file}.damaged`)).toBe(true);
  },
);

test('a vectors file that is found damaged in its work, or deleted, is filled anew by the running projector', async () => {
  await startEmbedder();
  await startProjector();
  project('anna', [stored('dog', 'My dog is called Rex')]);
  await caughtUp();
  await projector?.stop();
  const file = dataPaths(dataDir).vectorsDb(0);
  damageTable(file, 'vector_by_rev');
  await startProjector();
  project('anna', [stored('tea', 'I prefer green tea in the morning')]);
  await caughtUp();
  expect((await find('anna', 'name of the pet'))[0]).toBe('dog');
  expect((await find('anna', 'a hot drink'))[0]).toBe('tea');
  expect(existsSync(`${file}.damaged`)).toBe(true);

  rmSync(dirname(file), { recursive: true });
  await vi.waitFor(async () => expect((await find('anna', 'a hot drink'))[0]).toBe('tea'), wait);
});

test('damage that only a reader finds is mended when it tells of it, and the reader goes on without vectors', async () => {
  await startEmbedder();
  await startProjector();
  project('anna', [stored('dog', 'My dog is called Rex')]);
  await caughtUp();
  await projector?.stop();
  const file = dataPaths(dataDir).vectorsDb(0);
  damageTable(file, 'embedding');
  let told = 0;
  search.close();
  search = openVectorSearch({
    dataDir,
    partitions: 1,
    onDamaged(partition) {
      told += 1;
      nc.publish(live.admin('vector-projector', 'check'), JSON.stringify({ partition, kind: 'memory' }));
    },
  });
  await startProjector();
  expect(await find('anna', 'name of the pet')).toEqual([]);
  expect(told).toBeGreaterThan(0);
  await vi.waitFor(async () => expect(await find('anna', 'name of the pet')).toEqual(['dog']), wait);
});

test('follows a read model that was begun anew under the same name', async () => {
  await startEmbedder();
  await startProjector();
  project('anna', [stored('dog', 'My dog is called Rex')]);
  await caughtUp();
  readModel.close();
  rmSync(dirname(dataPaths(dataDir).memoryDb(1, 0)), { recursive: true });
  openReadModel(1);
  seq = 0;
  project('anna', [stored('dog', 'My dog is called Rex')]);
  project('anna', [stored('tea', 'I prefer green tea in the morning')]);
  await caughtUp();
  expect((await find('anna', 'a hot drink'))[0]).toBe('tea');
});
