import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createKey, listKeys, openKeyring, revokeKey } from './index.js';

describe('the keyring', () => {
  let server: TestNatsServer;
  let nc: NatsConnection;

  beforeAll(async () => {
    server = await startNatsServer();
    nc = await connect({ servers: server.url, user: server.user, pass: server.password, maxReconnectAttempts: -1 });
  });
  afterAll(async () => {
    await nc.close();
    await server.stop();
  });

  it('opens empty, and knows a key as soon as it is made', async () => {
    const keyring = await openKeyring(nc);
    const { key, id } = await createKey(nc, { owner: 'ann', name: 'laptop' });
    const credential = await vi.waitUntil(() => keyring.verify(key));
    expect(credential).toEqual({
      owner: 'ann',
      actor: id,
      client: 'laptop',
      scopes: ['memory:read', 'memory:write', 'code:read', 'code:write'],
    });
    keyring.close();
  });

  it('knows every key when it opens', async () => {
    const made = await Promise.all(['a', 'b', 'c'].map((name) => createKey(nc, { owner: 'bob', name })));
    const keyring = await openKeyring(nc);
    expect(made.map(({ key }) => keyring.verify(key)?.client)).toEqual(['a', 'b', 'c']);
    keyring.close();
  });

  it('refuses a key once it is revoked, also after opening anew', async () => {
    const keyring = await openKeyring(nc);
    const { key, id } = await createKey(nc, { owner: 'cid', name: 'phone' });
    await vi.waitUntil(() => keyring.verify(key));
    await revokeKey(nc, id);
    await vi.waitUntil(() => keyring.verify(key) === undefined);
    keyring.close();

    const again = await openKeyring(nc);
    expect(again.verify(key)).toBeUndefined();
    again.close();
    await expect(revokeKey(nc, id)).rejects.toMatchObject({ body: { code: 'MEMLANE_ERR_NOT_FOUND', field: 'id' } });
  });

  it('refuses an expired key, and a key that nobody made', async () => {
    const keyring = await openKeyring(nc, { now: () => new Date('2030-01-01T00:00:01Z') });
    const expired = await createKey(nc, { owner: 'dan', name: 'old', expiresAt: '2030-01-01T00:00:00.000Z' });
    const valid = await createKey(nc, { owner: 'dan', name: 'new' });
    await vi.waitUntil(() => keyring.verify(valid.key));
    expect(keyring.verify(expired.key)).toBeUndefined();
    expect(keyring.verify(`mlk_abcdefgh_${'x'.repeat(43)}`)).toBeUndefined();
    keyring.close();
  });

  it('lists the keys of one owner without their secrets', async () => {
    const { key, id } = await createKey(nc, { owner: 'eve', name: 'tablet', scopes: ['memory:read'] });
    const keys = await listKeys(nc, 'eve');
    expect(keys).toMatchObject([{ id, owner: 'eve', name: 'tablet', scopes: ['memory:read'] }]);
    expect(JSON.stringify(keys)).not.toContain(key.slice(13));
  });

  it('refuses an owner that is not an opaque token', async () => {
    for (const owner of ['', 'Ann', 'a.b', 'a>', 'ann@example.com', 'x'.repeat(65)])
      await expect(createKey(nc, { owner, name: 'n' })).rejects.toThrow();
  });

  it('goes on verifying while NATS is away, and hears of new keys when it is back', async () => {
    const keyring = await openKeyring(nc);
    const before = await createKey(nc, { owner: 'fay', name: 'before' });
    await vi.waitUntil(() => keyring.verify(before.key));
    await server.kill9();
    expect(keyring.verify(before.key)?.owner).toBe('fay');
    await server.restart();
    const after = await vi.waitFor(() => createKey(nc, { owner: 'fay', name: 'after' }), { timeout: 20_000 });
    await vi.waitUntil(() => keyring.verify(after.key), { timeout: 20_000 });
    keyring.close();
  });
});
