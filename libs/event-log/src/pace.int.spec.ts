import { live, readEnv } from '@memlane/contracts';
import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectNats } from './connect-nats.js';
import { openPace, type Pace } from './pace.js';

let server: TestNatsServer;
let nc: NatsConnection;
let pace: Pace;
let clock: number;

beforeAll(async () => {
  server = await startNatsServer();
  nc = await connectNats(readEnv(server.env), { name: 'test' });
});
afterAll(async () => {
  await nc.close();
  await server.stop();
});
beforeEach(() => {
  clock = 0;
  pace = openPace(nc, () => clock);
});
afterEach(() => pace.close());

/** What a gateway tells, and is heard. */
async function serve(): Promise<void> {
  nc.publish(live.serving);
  await nc.flush();
}

/** Pieces of work that end when the test says so. */
function pieces() {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = (n: number) => () => {
    begun.push(n);
    return new Promise<number>((resolve) => ends.push(() => resolve(n)));
  };
  return { begun, ends, work };
}

it('is full while nobody is served: all at once, without rests', async () => {
  const { begun, ends, work } = pieces();
  const results = [1, 2, 3].map((n) => pace.inTurn(work(n)));
  expect(begun).toEqual([1, 2, 3]);
  ends.forEach((end) => end());
  expect(await Promise.all(results)).toEqual([1, 2, 3]);
  await pace.rest(60_000);
});

it('is slow for a quarter of a second after somebody was served', async () => {
  expect(pace.isSlow()).toBe(false);
  await serve();
  expect(pace.isSlow()).toBe(true);
  clock = 249;
  expect(pace.isSlow()).toBe(true);
  clock = 250;
  expect(pace.isSlow()).toBe(false);
});

it('does one piece after the other while it is slow, also after one that failed', async () => {
  await serve();
  const { begun, ends, work } = pieces();
  const failing = pace.inTurn(() => Promise.reject(new Error('broken')));
  const first = pace.inTurn(work(1));
  const second = pace.inTurn(work(2));
  await expect(failing).rejects.toThrow('broken');
  await nc.flush();
  expect(begun).toEqual([1]);
  ends[0]?.();
  expect(await first).toBe(1);
  await expect.poll(() => begun).toEqual([1, 2]);
  ends[1]?.();
  expect(await second).toBe(2);
});

it('has a rest ended by its signal', async () => {
  await serve();
  const stopping = new AbortController();
  const rest = pace.rest(60_000, stopping.signal);
  stopping.abort();
  await rest;
});
