import { connectNats } from '@memlane/event-log';
import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyBucketWhenNeeded } from './key-bucket.js';
import { lastUseOf, openKeyUse } from './key-use.js';

describe('the last use of a key', () => {
  let server: TestNatsServer;
  let nc: NatsConnection;

  beforeAll(async () => {
    server = await startNatsServer();
    nc = await connectNats(server.env, { name: 'test' });
  });
  afterAll(async () => {
    await nc.close();
    await server.stop();
  });

  it('is written once for many uses, with the time of the last one', async () => {
    const bucket = keyBucketWhenNeeded(nc);
    let time = 0;
    const use = openKeyUse(bucket, { now: () => new Date((time += 1_000)) });
    for (let n = 0; n < 500; n += 1) use.note('key_1');
    use.note('key_2');
    expect(await lastUseOf(bucket, 'key_1')).toBeUndefined();
    const writesBefore = (await (await bucket()).status()).streamInfo.state.last_seq;
    await use.flush();
    expect((await (await bucket()).status()).streamInfo.state.last_seq - writesBefore).toBe(2);
    expect(await lastUseOf(bucket, 'key_1')).toBe('1970-01-01T00:08:20.000Z');
    expect(await lastUseOf(bucket, 'key_3')).toBeUndefined();
    await use.close();
  });

  it('is written when its gateway stops', async () => {
    const bucket = keyBucketWhenNeeded(nc);
    const stopping = openKeyUse(bucket, { now: () => new Date(0) });
    stopping.note('key_4');
    await stopping.close();
    expect(await lastUseOf(bucket, 'key_4')).toBe('1970-01-01T00:00:00.000Z');
  });
});
