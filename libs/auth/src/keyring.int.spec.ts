import { COMMIT_VERSION, eventTypes, type AccountEvent } from '@memlane/contracts';
import { connectNats, openLog, type EventLog } from '@memlane/event-log';
import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newApiKey } from './api-key.js';
import { openKeyring } from './keyring.js';
import { listKeys } from './keys.js';

const SECOND = 1_000;

describe('the keyring', () => {
  let server: TestNatsServer;
  let log: EventLog;
  const lastSeqs = new Map<string, number>();

  beforeAll(async () => {
    server = await startNatsServer();
    log = await openLog(await connectNats(server.env, { name: 'test' }), { partitions: 4, replicas: 1 });
  });
  afterAll(async () => {
    await log.nc.close();
    await server.stop();
  });

  /** Appends events as a command handler would. */
  async function append(owner: string, ...events: AccountEvent[]) {
    const commit = {
      v: COMMIT_VERSION,
      commandId: randomUUID(),
      fingerprint: '',
      owner,
      actor: 'test',
      client: 'test',
      at: new Date().toISOString(),
      correlationId: '',
      events: events.map((event) => ({ ...event, id: randomUUID(), v: eventTypes[event.type].version })),
      result: {},
    } as const;
    const expectedLastSubjectSeq = lastSeqs.get(owner) ?? 0;
    const appended = await log.append(commit, { aggregate: 'account', expectedLastSubjectSeq });
    if (!appended.ok) throw new Error(appended.reason);
    lastSeqs.set(owner, appended.seq);
  }

  async function makeKey(owner: string, name = 'test', expiresAt: string | null = null) {
    const { key, secret } = await newApiKey();
    const id = `key_${secret.prefix}`;
    const data = { id, name, scopes: ['memory:read'], expires_at: expiresAt, secret };
    await append(owner, { type: 'key-created', data });
    return { key, id };
  }

  const revoked = (id: string): AccountEvent => ({ type: 'key-revoked', data: { id } });

  it('opens empty, and knows a key as soon as it is made', async () => {
    const keyring = await openKeyring(log);
    const { key, id } = await makeKey('ann', 'laptop');
    const credential = await vi.waitUntil(() => keyring.verify(key));
    expect(credential).toEqual({ owner: 'ann', actor: id, client: 'laptop', scopes: ['memory:read'] });
    expect(keyring.ownerOf(id)).toBe('ann');
    await keyring.close();
  });

  it('knows every key when it opens, from the log alone', async () => {
    const made = [await makeKey('bob', 'a'), await makeKey('bo', 'b'), await makeKey('bobby', 'c')];
    const keyring = await openKeyring(log);
    expect(await Promise.all(made.map(async ({ key }) => (await keyring.verify(key))?.client))).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(keyring.owners()).toEqual(expect.arrayContaining(['bo', 'bob', 'bobby']));
    await keyring.close();
  });

  it('refuses a key within a second of its revocation, at every gateway, also after opening anew', async () => {
    const keyrings = [await openKeyring(log), await openKeyring(log)];
    const { key, id } = await makeKey('cid');
    for (const keyring of keyrings) await vi.waitUntil(() => keyring.verify(key));
    await append('cid', revoked(id));
    for (const keyring of keyrings)
      await vi.waitUntil(async () => (await keyring.verify(key)) === undefined, { timeout: SECOND });
    const again = await openKeyring(log);
    expect(await again.verify(key)).toBeUndefined();
    for (const keyring of [...keyrings, again]) await keyring.close();
  });

  it('accepts both secrets during the overlap of a rotation, and the new one alone after it', async () => {
    let time = new Date('2030-01-01T00:00:00Z');
    const keyring = await openKeyring(log, { now: () => time });
    const { key, id } = await makeKey('dot');
    expect(await vi.waitUntil(() => keyring.verify(key))).toMatchObject({ actor: id });
    const next = await newApiKey();
    const data = { id, secret: next.secret, previous_until: '2030-01-01T00:01:00.000Z' };
    await append('dot', { type: 'key-rotated', data });
    expect(await vi.waitUntil(() => keyring.verify(next.key))).toMatchObject({ actor: id, client: 'test' });
    expect(await keyring.verify(key)).toMatchObject({ actor: id });
    time = new Date('2030-01-01T00:01:00Z');
    expect(await keyring.verify(key)).toBeUndefined();
    expect(await keyring.verify(next.key)).toMatchObject({ actor: id });
    await keyring.close();
  });

  it('refuses an expired key, a wrong secret, and a key that nobody made', async () => {
    const keyring = await openKeyring(log, { now: () => new Date('2030-01-01T00:00:01Z') });
    const expired = await makeKey('dan', 'old', '2030-01-01T00:00:00.000Z');
    const valid = await makeKey('dan', 'new');
    const wrong = `${valid.key.slice(0, -43)}${'x'.repeat(43)}`;
    await vi.waitUntil(() => keyring.ownerOf(valid.id));
    expect(await keyring.verify(wrong)).toBeUndefined();
    expect(await keyring.verify(valid.key)).toMatchObject({ client: 'new' });
    // Now that the right one is known, a wrong one costs no slow hash.
    expect(await keyring.verify(wrong)).toBeUndefined();
    expect(await keyring.verify(expired.key)).toBeUndefined();
    expect(await keyring.verify(`mlk_abcdefgh_${'x'.repeat(43)}`)).toBeUndefined();
    expect(await keyring.verify(`mlk_abcdefghabcdefgh_${'x'.repeat(43)}`)).toBeUndefined();
    await keyring.close();
  });

  it('accepts a key of before accounts were events', async () => {
    const keyring = await openKeyring(log);
    const key = `mlk_ABCDefgh_${'y'.repeat(43)}`;
    const hash = createHash('sha256').update(key).digest('hex');
    const secret = { kind: 'sha256', prefix: 'ABCDefgh', hash } as const;
    const data = { id: 'key_old', name: 'old', scopes: ['admin'], expires_at: null, secret };
    await append('eli', { type: 'key-created', data });
    expect(await vi.waitUntil(() => keyring.verify(key))).toMatchObject({ owner: 'eli', actor: 'key_old' });
    await keyring.close();
  });

  it('lists the keys of one owner without what was revoked', async () => {
    const kept = await makeKey('eve', 'tablet');
    const lost = await makeKey('eve', 'phone');
    await makeKey('evelyn', 'other');
    await append('eve', revoked(lost.id));
    expect(await listKeys(log, 'eve')).toMatchObject([{ owner: 'eve', key: { id: kept.id, name: 'tablet' } }]);
    expect(await listKeys(log, 'nobody')).toEqual([]);
  });

  it('goes on verifying while NATS is away, and hears of new and revoked keys when it is back', async () => {
    const keyring = await openKeyring(log);
    const before = await makeKey('fay', 'before');
    await vi.waitUntil(() => keyring.verify(before.key));
    await server.kill9();
    expect((await keyring.verify(before.key))?.owner).toBe('fay');
    await server.restart();
    await append('fay', revoked(before.id));
    const after = await makeKey('fay', 'after');
    await vi.waitUntil(() => keyring.verify(after.key), { timeout: 20 * SECOND });
    expect(await keyring.verify(before.key)).toBeUndefined();
    await keyring.close();
  }, 60_000);
});
