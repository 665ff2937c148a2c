import { createHash, randomBytes } from 'node:crypto';
import { limit, readEnv, streams } from '@memlane/contracts';
import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBlobs, type Blobs } from './blobs.js';
import { connectNats } from './connect-nats.js';
import { openLog, type EventLog } from './open-log.js';

let nats: TestNatsServer;
let log: EventLog;
let blobs: Blobs;

beforeAll(async () => {
  nats = await startNatsServer();
  log = await openLog(await connectNats(readEnv(nats.env), { name: 'test' }), { partitions: 2, replicas: 1 });
  blobs = openBlobs(log);
});

afterAll(async () => {
  await log.nc.close();
  await nats.stop();
});

const ana = { owner: 'ana', store: 'one' };
const textOf = async (name: string) => {
  const content = await blobs.get(ana, name);
  return content && Buffer.from(content).toString('hex');
};
const kept = async () => (await log.jsm.streams.info(streams.blobs)).state.messages;

test('gives back what was put, by its sha256', async () => {
  const content = randomBytes(100_000);
  const [name = ''] = await blobs.put(ana, [content]);
  expect(name).toBe(createHash('sha256').update(content).digest('hex'));
  expect(await textOf(name)).toBe(content.toString('hex'));
});

test('keeps an empty content', async () => {
  const [name = ''] = await blobs.put(ana, [new Uint8Array()]);
  expect(await textOf(name)).toBe('');
});

test('keeps the same content once', async () => {
  const content = randomBytes(64);
  const before = await kept();
  const [[one], [two, three]] = [await blobs.put(ana, [content]), await blobs.put(ana, [content, content])];
  expect([two, three]).toEqual([one, one]);
  expect(await kept()).toBe(before + 1);
});

test('keeps the stores of owners and repositories apart, and removes one as a whole', async () => {
  const content = randomBytes(64);
  const places = [ana, { owner: 'ana', store: 'two' }, { owner: 'bob', store: 'one' }];
  const [[name = ''] = []] = await Promise.all(places.map((place) => blobs.put(place, [content])));
  expect(await blobs.get({ owner: 'bob', store: 'two' }, name)).toBeUndefined();
  await blobs.purge(ana);
  expect(await Promise.all(places.map(async (place) => (await blobs.get(place, name)) !== undefined))).toEqual([
    false,
    true,
    true,
  ]);
  await blobs.purge(ana);
});

test('refuses a content beyond the limit', async () => {
  await expect(blobs.put(ana, [new Uint8Array(limit('repository_file_bytes') + 1)])).rejects.toMatchObject({
    body: { code: 'MEMLANE_ERR_TOO_LARGE', limit: limit('repository_file_bytes') },
  });
});

test('keeps more than fits into one batch', async () => {
  const contents = Array.from({ length: 12 }, () => randomBytes(900_000));
  const names = await blobs.put(ana, contents);
  expect(new Set(names).size).toBe(12);
  for (const [n, name] of names.entries()) expect(await textOf(name)).toBe(contents[n]?.toString('hex'));
});

test('has what it acknowledged after kill -9 of the server', async () => {
  const contents = Array.from({ length: 50 }, () => randomBytes(2_000));
  const names = await blobs.put(ana, contents);
  await nats.kill9();
  await nats.restart();
  for (const [n, name] of names.entries())
    await expect
      .poll(() => textOf(name).catch(() => undefined), { timeout: 20_000 })
      .toBe(contents[n]?.toString('hex'));
});
