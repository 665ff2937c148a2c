import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { headers, limit, live, readEnv } from '@memlane/contracts';
import { embedRemotely } from '@memlane/embeddings';
import { connectNats } from '@memlane/event-log';
import { modelDir, startNatsServer, type TestNatsServer } from '@memlane/testkit';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createLatency } from './latency.js';

const entry = new URL('../dist/main.js', import.meta.url);
let server: TestNatsServer;
let nc: NatsConnection;
let embedder: ChildProcess;

beforeAll(async () => {
  server = await startNatsServer();
  const variables = { ...server.env, MEMLANE_MODEL_DIR: await modelDir(), MEMLANE_LOG_LEVEL: 'error' };
  nc = await connectNats(readEnv(variables), { name: 'test' });
  embedder = fork(entry, { env: { ...process.env, ...variables }, execArgv: [], silent: true });
  embedder.stdout?.resume();
  await once(embedder, 'message');
});
afterAll(async () => {
  const exited = once(embedder, 'exit');
  embedder.kill('SIGTERM');
  await exited;
  await nc.close();
  await server.stop();
});

const textOf = (i: number) => `Fact ${i}: the invoice of customer ${i * 7} was paid in full, as Maria said on Monday.`;
const texts = (count: number, from = 0) => Array.from({ length: count }, (_, i) => textOf(from + i));
const bulk = (count: number, from = 0) => embedRemotely(nc, 'bulk', { kind: 'passage', texts: texts(count, from) });
const query = (text: string) => embedRemotely(nc, 'interactive', { kind: 'query', texts: [text] }, 10_000);

async function status() {
  return (await nc.request(live.admin('embedder', 'status'))).json<{
    lanes: { background: boolean; interactive: { embedded: number }; bulk: { queued: number; refused: number } };
    resident_bytes: number;
  }>();
}

/** Bulk work for as long as it takes: on a busy machine its process, of the lowest priority, comes late. */
async function untilBackground(): Promise<void> {
  for (let from = 100_000; !(await status()).lanes.background; from += 256)
    await Promise.all(Array.from({ length: 4 }, (_, i) => bulk(64, from + i * 64)));
}

const childrenOf = (pid: number | undefined) =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/)
    .map(Number);

test('answers each text with its own vector, however many there are', async () => {
  const answer = await bulk(150);
  expect(answer).toMatchObject({ ok: true });
  if (!answer.ok) return;
  expect(answer.vectors).toHaveLength(150);
  const single = await query(textOf(149));
  expect(
    single.ok && single.vectors[0]?.every((value, d) => Math.abs(value - (answer.vectors[149]?.[d] ?? 0)) < 1e-6),
  ).toBe(true);
});

test('embeds once what one user asks again, and anew what somebody else has asked', async () => {
  const ask = async (owner: string, text: string) => {
    const before = (await status()).lanes.interactive.embedded;
    const answer = await embedRemotely(nc, 'interactive', { owner, kind: 'query', texts: [text] }, 10_000);
    expect(answer.ok).toBe(true);
    return (await status()).lanes.interactive.embedded - before;
  };
  expect(await ask('ann', 'where are the keys of the cellar?')).toBe(1);
  expect(await ask('ann', 'where are the keys of the cellar?')).toBe(0);
  // From the cache it would come sooner, and tell bob what was asked before.
  expect(await ask('bob', 'where are the keys of the cellar?')).toBe(1);
});

test('says how many pieces each text was cut into', async () => {
  const request = { kind: 'passage', texts: ['short', textOf(1).repeat(40), ''], split: true } as const;
  const answer = await embedRemotely(nc, 'bulk', request);
  if (!answer.ok) throw new Error(answer.state);
  const [first, long = 0, last] = answer.pieces;
  expect([first, last]).toEqual([1, 1]);
  expect(long).toBeGreaterThan(2);
  expect(answer.vectors).toHaveLength(2 + long);
});

test('answers queries in between while it works off much bulk work, at a lower priority', async () => {
  await untilBackground();
  const load = Promise.all(Array.from({ length: 12 }, (_, i) => bulk(64, i * 64)));
  await vi.waitUntil(async () => (await status()).lanes.bulk.queued > 0);
  const latency = createLatency();
  let asked = 0;
  for (; asked < 60 && (await status()).lanes.bulk.queued > 0; asked += 1) {
    const begun = performance.now();
    expect(await query(`question number ${asked} about an invoice`)).toMatchObject({ ok: true });
    latency.add(performance.now() - begun);
  }
  console.log('query beside bulk work', latency.summary());
  expect(asked).toBeGreaterThan(10);
  expect((await load).every(({ ok }) => ok)).toBe(true);
}, 240_000);

test('kill-9-of-the-background-process-loses-no-text', async () => {
  await untilBackground();
  const load = Promise.all(Array.from({ length: 6 }, (_, i) => bulk(64, 5_000 + i * 64)));
  await vi.waitUntil(async () => (await status()).lanes.bulk.queued > 0);
  const [child] = childrenOf(embedder.pid);
  process.kill(child ?? NaN, 'SIGKILL');
  const answers = await load;
  expect(answers.map((answer) => answer.ok && answer.vectors.length)).toEqual([64, 64, 64, 64, 64, 64]);
}, 240_000);

test('refuses what is no request, and goes on', async () => {
  for (const body of ['', 'no json', '{"kind":"query"}', JSON.stringify({ kind: 'query', texts: texts(65) })]) {
    const answer = await nc.request(live.embed('interactive'), body);
    expect(answer.headers?.get(headers.error)).toBe('MEMLANE_ERR_INVALID_INPUT');
  }
  expect(await query('still there')).toMatchObject({ ok: true });
});

// Last: what it still works on then ends with it.
test('refuses at once what its queue cannot hold, and still answers queries', async () => {
  const requests = limit('embed_queue') / limit('embed_texts_per_request') + 8;
  const load = Array.from({ length: requests }, (_, i) => bulk(64, 10_000 + i * 64));
  const refused = await Promise.race(load.map(async (answer) => !(await answer).ok && (await answer)));
  expect(refused).toEqual({ ok: false, state: 'overloaded' });
  expect(await query('is anybody there?')).toMatchObject({ ok: true });
});
