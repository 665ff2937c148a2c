import { limit } from '@memlane/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startProduct, type Product } from './product.support.spec.js';

const SECOND = 1_000;
const secret = /[A-Za-z0-9_-]{43}$/;

interface Made {
  readonly id: string;
  readonly key: string;
}

describe('the administration of users and keys', () => {
  let product: Product;
  let admin: string;
  let user: string;

  beforeAll(async () => {
    product = await startProduct();
    admin = await product.makeKey('root', ['admin']);
    user = await product.makeKey('ann');
  });
  afterAll(() => product.stop());

  function ask(method: string, path: string, body?: unknown, key = admin) {
    return fetch(new URL(path, product.url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
  async function make(body: object): Promise<Made> {
    const response = await ask('POST', '/admin/keys', body);
    expect(response.status).toBe(201);
    return (await response.json()) as Made;
  }
  async function statusOf(key: string, method = 'tools/list', params = {}): Promise<number> {
    return (await product.rpc(key, method, params)).status;
  }

  it('makes a key that works at once, and shows it only then', async () => {
    const made = await make({ owner: 'bob', name: 'phone', scopes: ['memory:read'] });
    expect(await statusOf(made.key)).toBe(200);
    const listed = await (await ask('GET', '/admin/keys?owner=bob')).json();
    expect(listed).toEqual({
      keys: [
        {
          id: made.id,
          owner: 'bob',
          name: 'phone',
          scopes: ['memory:read'],
          created_at: expect.any(String) as unknown,
          expires_at: null,
          last_used_at: null,
        },
      ],
    });
    expect(JSON.stringify(listed)).not.toContain(secret.exec(made.key)?.[0]);
  });

  it('rotates a key: both texts work during the overlap, and it stays the same key', async () => {
    const made = await make({ owner: 'cid', name: 'ci' });
    const response = await ask('POST', `/admin/keys/${made.id}/rotate`, { overlap_seconds: 60 });
    const rotated = (await response.json()) as Made & { previous_until: string };
    expect(rotated).toMatchObject({ id: made.id, previous_until: expect.any(String) as unknown });
    expect(await Promise.all([statusOf(made.key), statusOf(rotated.key)])).toEqual([200, 200]);
    const again = (await (await ask('POST', `/admin/keys/${made.id}/rotate`)).json()) as Made;
    expect(await Promise.all([made, rotated, again].map(({ key }) => statusOf(key)))).toEqual([401, 401, 200]);
  });

  it('revokes a key at once', async () => {
    const made = await make({ owner: 'dan', name: 'lost' });
    expect((await ask('POST', `/admin/keys/${made.id}/revoke`)).status).toBe(200);
    expect(await statusOf(made.key)).toBe(401);
    const again = await ask('POST', `/admin/keys/${made.id}/revoke`);
    expect(again.status).toBe(404);
    expect(again.headers.get('content-type')).toMatch('application/problem+json');
  });

  it('lists accounts and keys page by page', async () => {
    for (const owner of ['page-1', 'page-2', 'page-3']) await make({ owner, name: 'a' });
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = (await (await ask('GET', `/admin/accounts?limit=2${cursor}`)).json()) as {
        accounts: { owner: string; keys: number }[];
        next_cursor?: string;
      };
      expect(page.accounts.length).toBeLessThanOrEqual(2);
      seen.push(...page.accounts.map(({ owner }) => owner));
      cursor = page.next_cursor === undefined ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor !== '');
    expect(seen).toEqual([...seen].sort());
    expect(seen).toEqual(expect.arrayContaining(['ann', 'page-1', 'page-2', 'page-3', 'root']));
    expect(new Set(seen).size).toBe(seen.length);
    const keys = (await (await ask('GET', '/admin/keys?limit=1')).json()) as { keys: unknown[]; next_cursor?: string };
    expect(keys).toMatchObject({ keys: [{}], next_cursor: expect.any(String) as unknown });
  });

  it.each([
    ['POST', '/admin/keys', { owner: 'x', name: 'x' }],
    ['GET', '/admin/keys', undefined],
    ['GET', '/admin/accounts', undefined],
    ['POST', '/admin/keys/key_x/rotate', undefined],
    ['POST', '/admin/keys/key_x/revoke', undefined],
  ])('%s %s is for administrators only', async (method, path, body) => {
    const response = await ask(method, path, body, user);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'MEMLANE_ERR_FORBIDDEN', details: { scope: 'admin' } });
  });

  it.each([
    ['no owner', { name: 'x' }, 'owner'],
    ['an owner that is an e-mail', { owner: 'ann@example.com', name: 'x' }, 'owner'],
    ['no name', { owner: 'x' }, 'name'],
    ['a name that is too long', { owner: 'x', name: 'n'.repeat(limit('key_name_chars') + 1) }, 'name'],
    ['a scope that is none', { owner: 'x', name: 'x', scopes: ['everything'] }, 'scopes[0]'],
    ['no scope', { owner: 'x', name: 'x', scopes: [] }, 'scopes'],
    ['an expiry in the past', { owner: 'x', name: 'x', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    ['an expiry that is no time', { owner: 'x', name: 'x', expires_at: 'soon' }, 'expires_at'],
    ['a field that is not known', { owner: 'x', name: 'x', key: 'mine' }, 'key'],
    ['nothing', [], 'input'],
  ])('refuses %s, and makes nothing', async (_, body, field) => {
    const response = await ask('POST', '/admin/keys', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'MEMLANE_ERR_INVALID_INPUT', field });
    expect(await (await ask('GET', '/admin/keys?owner=x')).json()).toEqual({ keys: [] });
  });

  it.each([
    ['/admin/keys?limit=0', 'limit'],
    ['/admin/keys?limit=101', 'limit'],
    ['/admin/keys?limit=x', 'limit'],
    ['/admin/keys?owner=A', 'owner'],
    ['/admin/keys?what=1', 'what'],
    ['/admin/accounts?owner=ann', 'owner'],
  ])('refuses %s', async (path, field) => {
    const response = await ask('GET', path);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'MEMLANE_ERR_INVALID_INPUT', field });
  });

  it('refuses an overlap beyond its limit, and a key that is none, alike for one that was revoked', async () => {
    const { id } = await make({ owner: 'eli', name: 'x' });
    const max = limit('key_overlap_seconds');
    const long = await ask('POST', `/admin/keys/${id}/rotate`, { overlap_seconds: max + 1 });
    expect(await long.json()).toMatchObject({
      code: 'MEMLANE_ERR_INVALID_INPUT',
      field: 'overlap_seconds',
      limit: max,
    });
    await ask('POST', `/admin/keys/${id}/revoke`);
    const answers = await Promise.all(
      [id, 'key_never'].map(async (one) => (await ask('POST', `/admin/keys/${one}/rotate`)).json()),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND' });
  });

  describe('a key that is not good', () => {
    it('gets one answer, whatever is wrong with it', async () => {
      const soon = new Date(Date.now() + 1_500).toISOString();
      const [revoked, rotated, expired, good] = [
        await make({ owner: 'fay', name: 'revoked' }),
        await make({ owner: 'fay', name: 'rotated' }),
        await make({ owner: 'fay', name: 'expired', expires_at: soon }),
        await make({ owner: 'fay', name: 'good' }),
      ];
      await ask('POST', `/admin/keys/${revoked.id}/revoke`);
      await ask('POST', `/admin/keys/${rotated.id}/rotate`);
      await vi.waitUntil(() => Date.now() > Date.parse(soon), { timeout: 10 * SECOND });
      const other = 'A'.repeat(43);
      const bad = {
        revoked: revoked.key,
        rotated: rotated.key,
        expired: expired.key,
        wrong: good.key.replace(secret, other),
        'wrong, of one that was never used': (await make({ owner: 'fay', name: 'fresh' })).key.replace(secret, other),
        unknown: `mlk_${'a'.repeat(16)}_${other}`,
        malformed: 'mlk_nothing',
        'of another case': good.key.toUpperCase(),
      };
      expect(await statusOf(good.key)).toBe(200);
      const answers = await Promise.all(
        Object.values(bad).map(async (key) => {
          const response = await ask('GET', '/admin/accounts', undefined, key);
          return [response.status, response.headers.get('www-authenticate'), await response.text()];
        }),
      );
      const missing = await fetch(new URL('/admin/accounts', product.url));
      const expected = [401, missing.headers.get('www-authenticate'), await missing.text()];
      expect(missing.status).toBe(401);
      for (const [n, name] of Object.keys(bad).entries()) expect(answers[n], name).toEqual(expected);
    });

    it('with the scope to read may not write', async () => {
      const { key } = await make({ owner: 'gus', name: 'reader', scopes: ['memory:read'] });
      const { isError, structuredContent } = await product.call(key, 'store_memory', { content: 'x' });
      expect(isError).toBe(true);
      expect(structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_FORBIDDEN' });
    });
  });

  it('keeps no key: neither streams nor buckets hold its text', async () => {
    const made = await make({ owner: 'hal', name: 'x' });
    const rotated = (await (await ask('POST', `/admin/keys/${made.id}/rotate`)).json()) as Made;
    await product.call(rotated.key, 'store_memory', { content: 'kept' });
    const stored = await product.everythingStored();
    expect(stored).toContain('hal');
    for (const { key } of [made, rotated, { key: admin }, { key: user }]) {
      const text = secret.exec(key)?.[0] ?? '';
      expect(text).toHaveLength(43);
      expect(stored).not.toContain(text);
    }
  });
});
