import { createHash, randomBytes } from 'node:crypto';
import { openKeyBucket } from '@memlane/auth';
import { connectNats } from '@memlane/event-log';
import { runCli, startSystem, type RunningSystem } from '@memlane/testkit';
import type { NatsConnection } from '@nats-io/nats-core';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

describe('memlane keys', () => {
  let system: RunningSystem;
  let nc: NatsConnection;

  beforeAll(async () => {
    system = await startSystem();
    nc = await connectNats(await system.natsEnv(), { name: 'test' });
  });
  afterAll(async () => {
    await nc.close();
    await system.stop();
  });

  async function keys(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runCli(['keys', ...args, '--data-dir', system.dataDir]);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  }
  /** 0 while the gateway is away. */
  function statusOf(key: string): Promise<number> {
    const url = new URL('/no-such-path', system.url);
    const answer = fetch(url, { headers: { authorization: `Bearer ${key}` } });
    return answer.then(
      ({ status }) => status,
      () => 0,
    );
  }
  const isGood = (key: string) => vi.waitUntil(async () => (await statusOf(key)) === 404, 20_000);
  const isRefused = (key: string) => vi.waitUntil(async () => (await statusOf(key)) === 401, 20_000);

  test('creates, rotates, lists and revokes a key, and tells what happened', async () => {
    const made = JSON.parse(await keys('create', '--owner', 'ann', '--name', 'laptop', '--json')) as Record<
      string,
      string
    >;
    const { id = '', key = '' } = made;
    await isGood(key);

    const rotated = await keys('rotate', id, '--overlap', '1h');
    await isGood(rotated);
    await isGood(key);
    const listed = JSON.parse(await keys('list', '--owner', 'ann', '--json')) as unknown;
    expect(listed).toMatchObject({ id, owner: 'ann', name: 'laptop', expires_at: null });

    expect(await keys('revoke', id)).toBe(`revoked ${id}`);
    await isRefused(key);
    await isRefused(rotated);
    expect(await keys('list', '--owner', 'ann')).toBe('');
    const log = (await keys('log', '--owner', 'ann')).split('\n').map((line) => line.split('\t').slice(1));
    expect(log).toEqual([
      ['ann', 'account-created', '-', 'operator', 'memlane-cli'],
      ['ann', 'key-created', id, 'operator', 'memlane-cli'],
      ['ann', 'key-rotated', id, 'operator', 'memlane-cli'],
      ['ann', 'key-revoked', id, 'operator', 'memlane-cli'],
    ]);
  });

  test('refuses what makes no sense, and says why', async () => {
    for (const [args, words] of [
      [['create', '--owner', 'Ann'], '--owner'],
      [['create', '--owner', 'ann', '--expires-at', 'soon'], '--expires-at'],
      [['create', '--owner', 'ann', '--expires-at', '2020-01-01T00:00:00Z'], 'lies in the past'],
      [['rotate'], 'the id of a key is missing'],
      [['rotate', 'key_none'], 'there is no key with this id'],
      [['rotate', 'key_none', '--overlap', '8d'], '--overlap'],
      [['revoke', 'key_none'], 'there is no key with this id'],
    ] as const)
      await expect(keys(...args), args.join(' ')).rejects.toThrow(words);
  });

  test('takes over a key of before accounts were events, once', async () => {
    const key = `mlk_Abcdefgh_${randomBytes(32).toString('base64url')}`;
    const hash = createHash('sha256').update(key).digest('hex');
    const id = `key_${hash.slice(0, 16)}`;
    const bucket = await openKeyBucket(nc);
    const stored = { id, prefix: 'Abcdefgh', owner: 'old', name: 'old', scopes: ['memory:read'], created_at: '' };
    await bucket.put(`key.${hash}`, JSON.stringify(stored));
    expect(await keys('list', '--owner', 'old')).toContain(id);
    await isGood(key);
    expect((await bucket.get(`key.${hash}`))?.operation).toBe('DEL');
    await keys('revoke', id);
    await isRefused(key);
    expect(await keys('list', '--owner', 'old')).toBe('');
  });

  test('keys survive the loss of every bucket and a gateway that is killed', async () => {
    const key = await keys('create', '--owner', 'bob');
    await isGood(key);
    await (await jetstreamManager(nc)).streams.delete('KV_memlane-keys');
    await system.kill9('gateway');
    await isGood(key);
    expect(await keys('list', '--owner', 'bob')).toContain('bob');
  });
});
