import { createHmac, randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRepository, startSystem, tempDir, type RunningSystem, type SystemPart } from '@memlane/testkit';
import { expect, test, vi } from 'vitest';
import { startOtlpReceiver } from '../support/otlp-receiver.js';
import { RawHttp, type RawAnswer } from '../support/raw-http.js';
import { startTokenIssuer, type TokenIssuer } from '../support/token-issuer.js';

// Everything that a user says has a mark in it, also where it is refused, and while parts of the system are killed. The
// log of all processes at its lowest level and all that an OTLP receiver gets are searched for the marks, the keys and the
// tokens. Marks are letters and digits only, so that no encoding of a URL or of JSON hides them.

const RESOURCE = 'https://memory.example/mcp';
const mark = `mark${randomBytes(8).toString('hex')}`;
const owner = `owner${randomBytes(8).toString('hex')}`;
/** Parts of keys and tokens, and the secret of a webhook. */
const secrets: string[] = [];
const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

type Args = Readonly<Record<string, unknown>>;

/** One user of the system, with a key or a token. */
class Speaker {
  readonly raw: RawHttp;

  constructor(url: string, credential: string) {
    this.raw = new RawHttp(url, credential);
  }

  async call(name: string, args: Args): Promise<Record<string, unknown>> {
    const { text } = await this.raw.rpc('tools/call', { name, arguments: args });
    const { result } = JSON.parse(text) as { result?: { structuredContent?: Record<string, unknown> } };
    return result?.structuredContent ?? {};
  }

  post(path: string, body: string, headers: Readonly<Record<string, string>> = json): Promise<RawAnswer> {
    return this.raw.send({ method: 'POST', path, headers, body });
  }
}

/** Memories with a mark in every field, and every way to ask for them, rightly and wrongly. */
async function sayMemories(user: Speaker): Promise<void> {
  const memory = {
    content: `The ${mark} sleeps in the house by the lake.`,
    type: `${mark}type`,
    tags: [`${mark}tag`],
    metadata: { [`${mark}key`]: `${mark}value` },
    conversation_id: `${mark}talk`,
  };
  const stored = await user.call('store_memory', { ...memory, idempotency_key: `${mark}once` });
  expect(stored).toMatchObject({ created: true });
  const { id, position } = stored;
  const asked: readonly (readonly [string, Args])[] = [
    ['store_memory', { content: `another ${mark}`, idempotency_key: `${mark}once` }],
    ['store_memory', { content: { [mark]: mark }, [mark]: mark }],
    ['store_memories', { memories: [{ content: `many ${mark}` }, { content: mark, [mark]: 1 }, { content: 7 }] }],
    ['update_memory', { id, content: `changed ${mark}`, tags: [`${mark}tag`, `${mark}more`] }],
    ['update_memory', { id, content: mark, expected_version: 99 }],
    ['get_memory', { id, history: true, position }],
    ['get_memory', { id: `${mark}id`, as_of: mark }],
    ['list_memories', { tags: [`${mark}tag`], conversation_id: `${mark}talk`, type: `${mark}type` }],
    ['list_memories', { cursor: mark, position: mark }],
    ['search_memories', { query: `who is ${mark}? "' AND ( NEAR * `, time: `${mark} days ago` }],
    ['search_memories', { query: `"${mark}`, mode: 'exact' }],
    ['search_memories', { query: mark, spaces: ['own', `${mark}/${mark}`] }],
    ['share', { tag: `${mark}tag`, with: `${mark}friend`, access: 'write' }],
    ['list_shares', {}],
    ['unshare', { tag: `${mark}tag` }],
    ['delete_memories', { tags: [`${mark}more`], dry_run: true }],
    ['memory_overview', {}],
    [`${mark}_tool`, { [mark]: mark }],
  ];
  for (const [tool, args] of asked) await user.call(tool, args);
  await user.raw.rpc('resources/read', { uri: `memory://${mark}` });
  await user.raw.rpc('prompts/get', { name: 'recall', arguments: { topic: mark } });
  await user.raw.rpc(`${mark}/method`, { [mark]: mark });
}

/** A repository whose name, paths and code have the mark, a webhook of it, and sources that cannot be synced. */
async function sayCode(user: Speaker, root: string): Promise<void> {
  const repository = await createRepository(join(root, mark));
  await repository.commit({
    [`${mark}.ts`]: `/** ${mark} */\nexport function ${mark}Function() {}\n`,
    [`${mark}.json`]: `{"broken ${mark}": `,
  });
  const synced = await user.call('sync_repository', { source: repository.path, name: mark, wait: true });
  expect(synced).toMatchObject({ job: { state: 'done' } });
  for (const source of [
    join(root, `${mark}none`),
    `/etc/${mark}`,
    `https://${mark}.invalid/${mark}`,
    `https://${mark}:${mark}@127.0.0.1:1/${mark}.git`,
    `ext::sh -c ${mark}`,
    pathToFileURL(join(root, mark)).href,
  ])
    await user.call('sync_repository', { source, name: `${mark}bad`, wait: true });
  await user.call('sync_repository', { source: repository.path, name: mark, ref: `${mark}ref`, wait: true });
  for (const [tool, args] of [
    ['search_code', { query: `${mark}Function` }],
    ['search_code', { query: mark, repositories: [`${mark}other`], path: `${mark}**` }],
    ['find_symbol', { name: `${mark}Function` }],
    ['read_code', { repository: mark, path: `${mark}.ts` }],
    ['read_code', { repository: mark, path: `../${mark}` }],
    ['jobs', { action: 'history', repository: mark }],
    ['jobs', { action: 'cancel', id: mark }],
    ['list_repositories', {}],
  ] as const)
    await user.call(tool, args);
  const { text } = await user.raw.send({ method: 'PUT', path: `/repositories/${mark}/webhook` });
  const { path, secret } = JSON.parse(text) as { path: string; secret: string };
  secrets.push(secret);
  const body = JSON.stringify({ pushed: mark });
  for (const signature of [createHmac('sha256', secret).update(body).digest('hex'), mark])
    await user.post(path, body, { ...json, 'x-hub-signature-256': `sha256=${signature}` });
  await user.call('remove_repository', { name: mark });
}

/** What is no request that anything can be done with. */
async function sayNonsense(user: Speaker): Promise<void> {
  for (const body of [`{"${mark}": `, `"${mark}"`, `[{"${mark}": 1}]`]) await user.post('/mcp', body);
  for (const headers of [
    { ...json, 'content-type': `text/${mark}` },
    { ...json, host: `${mark}.example` },
    { ...json, origin: `https://${mark}.example` },
    { ...json, 'mcp-session-id': mark },
    { ...json, 'mcp-protocol-version': mark, 'mcp-method': mark, 'mcp-name': mark },
    { ...json, 'user-agent': mark, cookie: `session=${mark}`, 'x-forwarded-for': mark },
  ])
    await user.post('/mcp', '{"jsonrpc":"2.0","id":1,"method":"ping"}', headers);
  for (const path of [`/${mark}`, `/${mark}/%ff`, `/mcp?key=${mark}&access_token=${mark}`, `/hooks/${mark}`])
    await user.raw.send({ path });
  await user.raw.send({ path: '/events', headers: { 'last-event-id': mark }, events: 1 });
}

/** Keys and tokens that are good, no longer good, and never were. */
async function sayCredentials(system: RunningSystem, admin: Speaker, issuer: TokenIssuer): Promise<void> {
  const made = await admin.post('/admin/keys', JSON.stringify({ owner, name: `${mark}name` }));
  const { id, key } = JSON.parse(made.text) as { id: string; key: string };
  await admin.post('/admin/keys', JSON.stringify({ owner: `${mark}!`, name: mark, [mark]: mark }));
  const rotated = JSON.parse((await admin.post(`/admin/keys/${id}/rotate`, '{}')).text) as { key: string };
  await admin.post(`/admin/keys/${id}/revoke`, '{}');
  await admin.post(`/admin/keys/${mark}/revoke`, '{}');
  const sub = `${mark}subject`;
  const token = issuer.token({ sub });
  expect((await new Speaker(system.url, token).raw.rpc('tools/list')).status).toBe(200);
  const refused = [
    key,
    rotated.key,
    `mlk_${'a'.repeat(16)}_${'B'.repeat(43)}`,
    issuer.token({ sub, aud: `https://${mark}.example` }),
    issuer.token({ sub, iss: `https://${mark}.example` }),
    issuer.token({ sub, exp: 1 }),
    issuer.token({ sub, scope: mark, nbf: 9_999_999_999 }),
    `${token.slice(0, -8)}AAAAAAAA`,
    mark,
  ];
  for (const credential of refused) {
    const speaker = new Speaker(system.url, credential);
    await vi.waitFor(async () => expect((await speaker.raw.rpc('tools/list')).status).toBe(401));
    speaker.raw.close();
  }
  secrets.push(...[token, ...refused].flatMap(secretParts));
}

/** The part of a key that is not public, or each part of a token. */
function secretParts(credential: string): string[] {
  return credential.startsWith('mlk_') ? [credential.slice(-43)] : credential.split('.');
}

/** Kills parts while calls are on their way, so that what goes wrong with them is logged. */
async function sayDuringFaults(system: RunningSystem, user: Speaker): Promise<void> {
  const parts: readonly SystemPart[] = ['query', 'embedder', 'command-handler', 'memory-projector', 'nats-server'];
  for (const part of parts) {
    const calls = Array.from({ length: 20 }, (_, n) =>
      n % 2
        ? user.call('search_memories', { query: `${mark} ${n} ${part}` })
        : user.call('store_memory', { content: `${mark} ${n} ${part}`, tags: [`${mark}tag`] }),
    );
    await system.kill9(part);
    await Promise.allSettled(calls);
    await vi.waitFor(
      async () => {
        const { total } = await user.call('list_memories', { tags: [`${mark}tag`], limit: 1 });
        expect(total).toBeTypeOf('number');
      },
      { timeout: 60_000, interval: 500 },
    );
  }
}

/** The start shows the key of the default user to whoever started it: that is what it is pasted from. */
function withoutGreeting(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.startsWith('Memlane is ready at'));
  const last = lines.findIndex((line) => line.startsWith('Also in '));
  return lines.toSpliced(first, last - first + 1);
}

/** A few characters around each place, to tell where it comes from. */
function findIn(texts: readonly string[], words: readonly string[]): string[] {
  return texts.flatMap((text) =>
    words.flatMap((word) => {
      const at = text.toLowerCase().indexOf(word.toLowerCase());
      return at < 0 ? [] : [text.slice(Math.max(0, at - 200), at + 200)];
    }),
  );
}

test('logs and traces have nothing of what a user says, no key and no token, also of what is refused or fails', async () => {
  const root = await tempDir();
  const [receiver, issuer] = [await startOtlpReceiver(), await startTokenIssuer(RESOURCE)];
  const system = await startSystem({
    env: {
      MEMLANE_LOG_LEVEL: 'debug',
      MEMLANE_REPOSITORY_ROOTS: root,
      MEMLANE_OAUTH_ISSUERS: issuer.issuer,
      MEMLANE_OAUTH_RESOURCE: RESOURCE,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    },
  });
  try {
    const key = await system.createKey(owner);
    const adminKey = await system.createKey(`${owner}-admin`, ['admin']);
    secrets.push(...[key, adminKey, system.key].flatMap(secretParts));
    const [user, admin] = [new Speaker(system.url, key), new Speaker(system.url, adminKey)];
    await vi.waitFor(async () => expect((await user.raw.rpc('tools/list')).status).toBe(200));
    await sayMemories(user);
    await sayCode(user, root);
    await sayNonsense(user);
    await sayCredentials(system, admin, issuer);
    await sayDuringFaults(system, user);
    user.raw.close();
    admin.raw.close();
  } finally {
    // What is still buffered is exported at the end.
    await system.stop();
    await Promise.all([receiver.stop(), issuer.stop(), rm(root, { recursive: true, force: true })]);
  }

  // That there is nothing would also be true of logs and traces that are not written.
  const services = new Set(receiver.spans.map(({ service }) => service));
  const traced = ['gateway', 'command-handler', 'query', 'code-query', 'memory-projector', 'code-projector'];
  expect([...services]).toEqual(expect.arrayContaining(traced.map((name) => `memlane-${name}`)));
  const lines = withoutGreeting(system.log());
  for (const said of ['MCP request refused', 'access token refused', 'nats-server', 'chroma'])
    expect(lines.join('\n')).toContain(said);

  const words = [mark, owner, ...secrets];
  expect(words.filter((word) => word.length < 20)).toEqual([]);
  expect(findIn(lines, words)).toEqual([]);
  expect(findIn(receiver.bodies, words)).toEqual([]);
});
