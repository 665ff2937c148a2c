import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { limit } from '@memlane/contracts';
import { createRepository, type TestRepository } from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startProduct, type Product } from '../product.support.spec.js';

interface Hook {
  readonly path: string;
  readonly secret: string;
}

let product: Product;
let key: string;
let now = Date.now();
let pushes = 0;

beforeAll(async () => {
  product = await startProduct({}, { code: true, clock: () => new Date(now) });
  key = await product.makeKey('ana');
});

afterAll(async () => {
  await product.stop();
});

const ask = (path: string, { method }: { readonly method: string }, of = key) =>
  fetch(new URL(path, product.url), { method, headers: { authorization: `Bearer ${of}` } });

/** A repository that is synced, with a webhook. */
async function newRepository(name: string, of = key): Promise<TestRepository & Hook> {
  const repository = await createRepository(join(product.repositoryRoot, name));
  await repository.commit({ 'a.ts': 'a' });
  await product.call(of, 'sync_repository', { source: repository.path, wait: true });
  const made = await ask(`/repositories/${name}/webhook`, { method: 'PUT' }, of);
  expect(made.status).toBe(200);
  return { ...repository, ...((await made.json()) as Hook) };
}

/** A body as GitHub sends it, another one each time. */
const newBody = () => JSON.stringify({ ref: 'refs/heads/main', after: `${(pushes += 1)}` });
const sign = (secret: string, body: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

function call(path: string, body: string, signature?: string, type = 'application/json'): Promise<Response> {
  const headers = new Headers({ 'content-type': type, 'x-github-event': 'push' });
  if (signature !== undefined) headers.set('x-hub-signature-256', signature);
  return fetch(new URL(path, product.url), { method: 'POST', headers, body });
}

const historyOf = async (repository: string) =>
  (await product.call(key, 'jobs', { action: 'history', repository })).structuredContent['jobs'] as {
    readonly trigger: string;
    readonly state: string;
    readonly commit?: string;
  }[];
const repositoryOf = async (name: string) => {
  const { structuredContent } = await product.call(key, 'list_repositories');
  return (structuredContent['repositories'] as { name: string }[]).find((repository) => repository.name === name);
};

describe('a webhook', () => {
  test('has a repository synced after a push, and one that is repeated does not', async () => {
    const { commit, path, secret } = await newRepository('pushed');
    expect(await repositoryOf('pushed')).toMatchObject({ webhook: true, every_minutes: null });
    const pushed = await commit({ 'b.ts': 'b' });
    const body = newBody();
    const answer = await call(path, body, sign(secret, body));
    expect([answer.status, await answer.json()]).toEqual([202, { accepted: true }]);
    now += 2 * limit('webhook_spacing_ms');
    await vi.waitFor(async () =>
      expect(await historyOf('pushed')).toMatchObject([
        { trigger: 'webhook', state: 'done', commit: pushed },
        { trigger: 'call' },
      ]),
    );
    now += 2 * limit('webhook_spacing_ms');
    expect((await call(path, body, sign(secret, body))).status).toBe(202);
    // The next push is heard, so that what came before it was as well.
    const next = newBody();
    expect((await call(path, next, sign(secret, next))).status).toBe(202);
    await vi.waitFor(async () =>
      expect((await historyOf('pushed')).map(({ trigger }) => trigger)).toEqual(['webhook', 'webhook', 'call']),
    );
  });

  test('is there for users with ids of any length, and longer paths are refused by their limit', async () => {
    const longest = 'o'.repeat(64);
    const { path, secret } = await newRepository('long', await product.makeKey(longest));
    const body = newBody();
    expect((await call(path, body, sign(secret, body))).status).toBe(202);
    const max = limit('path_part_chars');
    const tooLong = await call(`/hooks/${'x'.repeat(max + 1)}`, body, sign(secret, body));
    expect([tooLong.status, await tooLong.json()]).toMatchObject([
      400,
      { code: 'MEMLANE_ERR_INVALID_INPUT', field: 'path', limit: max },
    ]);
  });

  test('answers the same whatever is wrong: no such webhook, another body, another secret, one that has ended', async () => {
    const { path, secret } = await newRepository('guarded');
    const other = await newRepository('other');
    const body = newBody();
    const replaced = await ask('/repositories/other/webhook', { method: 'PUT' });
    expect(replaced.status).toBe(200);
    const answers = await Promise.all([
      call(path, body),
      call(path, `${body} `, sign(secret, body)),
      call(path, body, sign(other.secret, body)),
      call(path, body, sign(secret, body).replace('sha256', 'sha1')),
      call('/hooks/none', body, sign(secret, body)),
      call(`${path}x`, body, sign(secret, body)),
      call(path.replace('ana', 'bob'), body, sign(secret, body)),
      call(other.path, body, sign(other.secret, body)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    const withoutIds = texts.map((text) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ''));
    expect(new Set(withoutIds).size).toBe(1);
  });

  test('takes any type of content, since the bytes are signed, and no more of them than its limit', async () => {
    const { path, secret } = await newRepository('formed');
    const form = `payload=${encodeURIComponent(newBody())}`;
    expect((await call(path, form, sign(secret, form), 'application/x-www-form-urlencoded')).status).toBe(202);
    const large = 'x'.repeat(limit('webhook_body_bytes') + 1);
    expect((await call(path, large, sign(secret, large))).status).toBe(413);
  });

  test('is called so often and no more, and forged calls use up nothing of it', async () => {
    const { path, secret } = await newRepository('often');
    const max = limit('webhook_calls_per_minute');
    for (let n = 0; n < max + 5; n += 1) expect((await call(path, newBody(), sign('forged', 'x'))).status).toBe(401);
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let n = 0; n < max + 1; n += 1) {
      const body = newBody();
      last = await call(path, body, sign(secret, body));
      statuses.push(last.status);
    }
    expect(statuses).toEqual([...Array.from({ length: max }, () => 202), 429]);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('is made and ended by whoever may write code, of own repositories only', async () => {
    const { path, secret } = await newRepository('owned');
    const reader = await product.makeKey('ana', ['code:read']);
    const bob = await product.makeKey('bob');
    const statusesOf = (of: string) =>
      Promise.all(
        ['PUT', 'DELETE'].map(async (method) => (await ask('/repositories/owned/webhook', { method }, of)).status),
      );
    expect(await statusesOf(reader)).toEqual([403, 403]);
    expect(await statusesOf(bob)).toEqual([404, 404]);
    expect((await ask('/repositories/..%2Fx/webhook', { method: 'PUT' })).status).toBe(400);
    expect((await ask('/repositories/owned/webhook', { method: 'DELETE' })).status).toBe(204);
    const body = newBody();
    expect((await call(path, body, sign(secret, body))).status).toBe(401);
    expect(await repositoryOf('owned')).toMatchObject({ webhook: false });
  });

  test('has a secret that is kept nowhere', async () => {
    const { secret } = await newRepository('secret');
    expect(await product.everythingStored()).not.toContain(secret);
  });
});

test('a repository says at which interval it syncs by itself, from the call that said so on', async () => {
  const repository = await createRepository(join(product.repositoryRoot, 'hourly'));
  await repository.commit({ 'a.ts': 'a' });
  const sync = (more: object) => product.call(key, 'sync_repository', { source: repository.path, wait: true, ...more });
  await sync({ every_minutes: 60 });
  expect(await repositoryOf('hourly')).toMatchObject({ every_minutes: 60, webhook: false });
  await sync({});
  expect(await repositoryOf('hourly')).toMatchObject({ every_minutes: 60 });
  now += 70 * 60_000;
  await vi.waitFor(async () =>
    expect((await historyOf('hourly'))[0]).toMatchObject({ trigger: 'interval', state: 'done' }),
  );
  await sync({ every_minutes: 0 });
  expect(await repositoryOf('hourly')).toMatchObject({ every_minutes: null });
  const refused = await sync({ every_minutes: 1 });
  expect(refused.structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_INVALID_INPUT', field: 'every_minutes' });
});
