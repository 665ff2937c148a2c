import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { start as startCodeProjector } from '@memlane/code-projector';
import {
  codeQueries,
  formatPosition,
  headers,
  live,
  parseInput,
  partitionOf,
  readEnv,
  type CodeQueryAnswer,
  type CodeQueryName,
  type ErrorBody,
} from '@memlane/contracts';
import { connectNats, openBlobs, openLog, type EventLog } from '@memlane/event-log';
import { createLogger } from '@memlane/telemetry';
import {
  readSourceTree,
  recordRepositories,
  startNatsServer,
  tempDir,
  type SourceTree,
  type TestNatsServer,
} from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startCode } from '../start-code.js';

const PARTITIONS = 2;

let server: TestNatsServer;
let log: EventLog;
let stops: (() => Promise<unknown>)[];
let fastify: SourceTree;

const small: SourceTree = {
  'src/token.ts': `import { retry } from './retry';

/** Reads a token. */
export function parseToken(text: string): string {
  return retry(() => text.trim());
}
`,
  'src/retry.ts': `const BACKOFF_MS = 250;

export function retry<T>(work: () => T): T {
  waitForBackoff(BACKOFF_MS);
  return work();
}

function waitForBackoff(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
`,
  'src/shapes.ts': `export class Shape {
  area(): number {
    return 0;
  }
}

export class Square extends Shape {
  area(): number {
    return 4;
  }
}
`,
  'src/limits.ts': `export interface Options {
  readonly limit: number;
  readonly max: number;
}

export function limit(name: string): number {
  return Math.max(name.length, 1);
}

export function bounded(text: string): string {
  return text.slice(0, limit(text));
}
`,
  'test/token.test.ts': `import { parseToken } from '../src/token';

parseToken(' parse the token '); parseToken('token');
`,
  'docs/guide.md': '# Guide\n\nHow to parse a token.\n',
  'logo.png': null,
};

async function request(name: string, body: unknown) {
  return log.nc.request(live.codeQuery(name), JSON.stringify(body), { timeout: 10_000 });
}

async function ask<N extends CodeQueryName>(name: N, input: object, owner = 'ann'): Promise<CodeQueryAnswer<N>> {
  const parsed = parseInput(codeQueries[name].input, input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const reply = await request(name, { owner, input: parsed.value });
  if (reply.headers?.has(headers.error)) throw new Error(JSON.stringify(reply.json()));
  const answer = codeQueries[name].answer.parse(reply.json());
  return answer as CodeQueryAnswer<N>;
}

async function refusal(name: CodeQueryName, input: object, owner = 'ann'): Promise<ErrorBody> {
  const reply = await request(name, { owner, input: { max_chars: 20_000, ...input } });
  expect(reply.headers?.has(headers.error)).toBe(true);
  return reply.json<ErrorBody>();
}

const positionOf = (owner: string, seq: number) => {
  const partition = partitionOf(owner, PARTITIONS);
  return formatPosition({ partition, epoch: log.epoch(partition), seq });
};

beforeAll(async () => {
  server = await startNatsServer();
  const env = readEnv({
    ...server.env,
    MEMLANE_PARTITIONS: String(PARTITIONS),
    MEMLANE_DATA_DIR: await tempDir(),
    MEMLANE_EMBEDDINGS: 'none',
  });
  const nc = await connectNats(env, { name: 'test' });
  log = await openLog(nc, { partitions: PARTITIONS, replicas: 1 });
  stops = [() => nc.close(), () => server.stop()];
  const serviceOf = (name: 'code-projector' | 'code-query') => ({
    env: { ...env, ...server.envOf(name) },
    log: createLogger(name, 'error'),
  });
  const projector = await startCodeProjector(serviceOf('code-projector'));
  stops.unshift(() => projector.stop());
  const query = await startCode(serviceOf('code-query'));
  stops.unshift(() => query.stop());

  const package_ = dirname(createRequire(import.meta.url).resolve('fastify/package.json'));
  fastify = await readSourceTree(package_, /\.js$/u);
  const ann = recordRepositories(log, openBlobs(log), 'ann');
  await ann.sync('small', small);
  const last = await ann.sync('fastify', fastify);
  const bob = recordRepositories(log, openBlobs(log), 'bob');
  const secret = await bob.sync('secret', { 'a.ts': 'export function parseToken() { return "of bob"; }\n' });
  // Waits, more than once if need be, until everything can be read.
  for (const [owner, seq] of [['ann', last] as const, ['bob', secret] as const])
    await vi.waitFor(() => ask('list-repositories', { position: positionOf(owner, seq) }, owner), {
      timeout: 120_000,
    });
}, 180_000);

afterAll(async () => {
  for (const stop of stops) await stop();
});

describe('reads of code', () => {
  it('lists repositories with commit, counts and what is skipped', async () => {
    const { repositories, position, behind } = await ask('list-repositories', {});
    expect(repositories.map(({ name }) => name)).toEqual(['fastify', 'small']);
    const listed = repositories[1];
    expect(listed).toMatchObject({ state: 'ready', files: 6, skipped: { binary: 1 }, ref: 'main' });
    expect(listed?.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(position).toMatch(/^\d+\.\w+\.\d+$/);
    expect(behind).toBeGreaterThanOrEqual(0);
  });

  it('finds a definition by its name before its uses and tests', async () => {
    const { hits, legs } = await ask('search-code', { query: 'parseToken', repositories: ['small'] });
    expect(hits[0]).toMatchObject({
      path: 'src/token.ts',
      symbol: 'parseToken',
      kind: 'function',
      language: 'typescript',
    });
    expect(hits[0]?.text).toContain('export function parseToken');
    expect(hits.at(-1)?.path).toMatch(/test|guide/);
    expect(legs).toEqual({ text: 'ok', symbols: 'ok', vectors: 'off' });
  });

  it('finds code by words of which identifiers are made', async () => {
    const { hits } = await ask('search-code', {
      query: 'where is the retry back-off decided',
      repositories: ['small'],
    });
    expect(hits[0]?.path).toBe('src/retry.ts');
    const { hits: real } = await ask('search-code', { query: 'how is a plugin timeout handled' });
    expect(real.length).toBeGreaterThan(0);
    expect(real.every(({ repository }) => repository === 'fastify' || repository === 'small')).toBe(true);
  });

  it('finds a file by the words of its path, before those that only say them', async () => {
    const first = async (query: string) =>
      (await ask('search-code', { query, repositories: ['fastify'], limit: 3 })).hits.map(({ path }) => path);
    expect((await first('where are content types parsed'))[0]).toBe('lib/content-type-parser.js');
    expect((await first('lifecycle hooks of a request'))[0]).toBe('lib/hooks.js');
    expect((await first('ContentTypeParser'))[0]).toBe('lib/content-type-parser.js');
  });

  it('applies filters before it ranks', async () => {
    const one = async (filter: object) =>
      (await ask('search-code', { query: 'token reply request', limit: 50, ...filter })).hits;
    for (const hit of await one({ path: 'test/*' })) expect(hit.path).toMatch(/^test\//);
    expect((await one({ path: 'src/*', repositories: ['small'] })).map(({ path }) => path)).toContain('src/token.ts');
    const markdown = await one({ language: 'markdown' });
    expect(markdown.map(({ path }) => path)).toEqual(['docs/guide.md']);
    const classes = (await ask('search-code', { query: 'area', kind: 'class', repositories: ['small'] })).hits;
    expect(classes.length).toBeGreaterThan(0);
    for (const { kind } of classes) expect(kind).toBe('class');
  });

  it('refuses a repository or a language that there is not, instead of finding nothing', async () => {
    const field = 'repositories[1]';
    const repositories = ['small', 'secret'];
    for (const [name, input] of [
      ['search-code', { query: 'token', repositories }],
      ['find-symbol', { name: 'parseToken', relation: 'definition', repositories, limit: 20 }],
    ] as const)
      expect(await refusal(name, input)).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND', field });
    expect(await refusal('list-syncs', { repository: 'secret', limit: 20 })).toMatchObject({
      code: 'MEMLANE_ERR_NOT_FOUND',
      field: 'repository',
    });
    const wrong = await refusal('search-code', { query: 'token', language: 'ts' });
    expect(wrong).toMatchObject({ code: 'MEMLANE_ERR_INVALID_INPUT', field: 'language' });
    expect(wrong.message).toContain('typescript');
    const none = await ask('search-code', { query: 'token', language: 'python', repositories: ['small'] });
    expect(none.hits).toEqual([]);
  });

  it('bounds the answer and says what it left out', async () => {
    const query = { query: 'function reply send error', repositories: ['fastify'], limit: 50 };
    const all = await ask('search-code', { ...query, max_chars: 80_000 });
    const few = await ask('search-code', { ...query, max_chars: 1_000, context_lines: 10 });
    const chars = few.hits.reduce((sum, { text }) => sum + text.length, 0);
    expect(chars).toBeLessThanOrEqual(1_000);
    expect(few.left_out).toMatch(/lines around the hits/);
    expect(few.hits[0]?.path).toBe(all.hits[0]?.path);
  });

  it('adds lines around a hit', async () => {
    const { hits } = await ask('search-code', {
      query: 'waitForBackoff',
      repositories: ['small'],
      limit: 1,
      context_lines: 50,
    });
    expect(hits[0]).toMatchObject({ path: 'src/retry.ts', start_line: 1 });
    expect(hits[0]?.text).toContain('const BACKOFF_MS');
  });

  it('shows nobody the code of another', async () => {
    const { hits } = await ask('search-code', { query: 'parseToken', limit: 50 });
    expect(hits.every(({ text }) => !text.includes('of bob'))).toBe(true);
    const { symbols } = await ask('find-symbol', { name: 'parseToken' });
    expect(symbols.every(({ repository }) => repository === 'small')).toBe(true);
    const error = await refusal('read-code', { repository: 'secret', path: 'a.ts' });
    expect(error).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND', field: 'repository' });
    expect((await ask('search-code', { query: 'parseToken' }, 'eve')).hits).toEqual([]);
  });

  it('finds definition, references, callers, callees and implementations of a symbol', async () => {
    const find = async (name: string, relation: string) =>
      (await ask('find-symbol', { name, relation, repositories: ['small'] })).symbols;
    expect(await find('parseToken', 'definition')).toMatchObject([
      { name: 'parseToken', kind: 'function', path: 'src/token.ts', start_line: 4, end_line: 6, confidence: 1 },
    ]);
    const uses = await find('parseToken', 'references');
    expect(uses.map(({ path }) => path)).toContain('test/token.test.ts');
    expect(await find('retry', 'callers')).toMatchObject([{ name: 'parseToken', path: 'src/token.ts' }]);
    const called = await find('retry', 'callees');
    expect(called).toMatchObject([{ name: 'waitForBackoff', path: 'src/retry.ts' }]);
    expect(await find('Shape', 'implementations')).toMatchObject([{ name: 'Square', path: 'src/shapes.ts' }]);
    expect(await find('Square.area', 'definition')).toMatchObject([
      { name: 'area', path: 'src/shapes.ts', start_line: 8 },
    ]);
    expect(await find('nothing', 'callers')).toEqual([]);
  });

  it('says how sure a place is, and why', async () => {
    const sure = async (name: string, relation: string, repository = 'small') =>
      (await ask('find-symbol', { name, relation, repositories: [repository] })).symbols.map(
        ({ path, start_line: line, confidence, reason }) => `${path}:${line} ${confidence} ${reason}`,
      );
    expect(await sure('parsetoken', 'definition')).toEqual(['src/token.ts:4 0.8 other-case']);
    expect(await sure('parseToken', 'references')).toEqual([
      'test/token.test.ts:1 0.9 imported',
      'test/token.test.ts:3 0.9 imported',
    ]);
    expect(await sure('waitForBackoff', 'callers')).toEqual(['src/retry.ts:3 0.95 same-file']);
    expect(await sure('trim', 'references')).toEqual(['src/token.ts:5 0.3 not-defined-here']);
    expect(await sure('Square.trim', 'references')).toEqual([]);
    const [first] = await sure('buildErrorHandler', 'callers', 'fastify');
    expect(first).toMatch(/^\S+\.js:\d+ 0\.9 imported$/);
  });

  it('takes no field for what is called', async () => {
    const calledBy = async (name: string) =>
      (await ask('find-symbol', { name, relation: 'callees', repositories: ['small'] })).symbols;
    expect(await calledBy('bounded')).toMatchObject([{ name: 'limit', kind: 'function', confidence: 0.95 }]);
    expect(await calledBy('limit')).toEqual([]);
    expect((await ask('find-symbol', { name: 'max', relation: 'callers', repositories: ['small'] })).symbols).toEqual(
      [],
    );
    const [inFastify] = (await ask('find-symbol', { name: 'push', relation: 'callers', repositories: ['fastify'] }))
      .symbols;
    expect(inFastify?.confidence ?? 0).toBeLessThan(0.5);
  });

  it('maps a repository at its commit, within the tokens asked for, and says what it left out', async () => {
    const map = await ask('repo-map', { repository: 'small' });
    const { commit } = await ask('read-code', { repository: 'small', path: 'src/retry.ts', max_chars: 1_000 });
    expect(map).toMatchObject({ repository: 'small', commit });
    expect(map.text).toContain('src/token.ts\n4: export function parseToken(text: string): string');
    // Nothing but what nobody maps: a picture, which is skipped.
    expect(map.left_out).toBeUndefined();
    const tight = await ask('repo-map', { repository: 'fastify', max_tokens: 300 });
    expect(tight.tokens).toBeLessThanOrEqual(300);
    expect(tight.left_out).toMatch(/^\d+ of \d+ files and \d+ of \d+ definitions: raise max_tokens/u);
    expect(await ask('repo-map', { repository: 'fastify', max_tokens: 300 })).toEqual(tight);
    expect(tight.text).not.toMatch(/^test\//mu);
  });

  it('maps from a path, a name or words', async () => {
    const firstOf = async (...focus: string[]) =>
      (await ask('repo-map', { repository: 'fastify', focus, max_tokens: 400 })).text;
    expect(await firstOf('lib/reply.js')).toMatch(/^lib\/reply\.js\n/u);
    expect(await firstOf('buildErrorHandler')).toContain('function buildErrorHandler');
    expect(await firstOf('content type parser')).toMatch(/contentTypeParser/iu);
    expect((await ask('repo-map', { repository: 'fastify', focus: ['zzzyx'] })).left_out).toContain(
      'fits 1 of the focus',
    );
    for (const [repository, owner] of [
      ['never-was', 'ann'],
      ['fastify', 'eve'],
    ] as const)
      expect(
        await refusal('repo-map', { repository, focus: [], max_tokens: 500, max_chars: undefined }, owner),
      ).toMatchObject({
        code: 'MEMLANE_ERR_NOT_FOUND',
        field: 'repository',
      });
  });

  it('reads lines, whole files and the definition of a symbol, as they were synced', async () => {
    const read = (input: object) => ask('read-code', { repository: 'small', path: 'src/retry.ts', ...input });
    for (const path of ['./src/retry.ts', '/src/retry.ts']) expect((await read({ path })).path).toBe('src/retry.ts');
    expect(await read({ start_line: 3, end_line: 4 })).toMatchObject({
      start_line: 3,
      end_line: 4,
      text: 'export function retry<T>(work: () => T): T {\n  waitForBackoff(BACKOFF_MS);',
    });
    expect((await read({ symbol: 'waitForBackoff' })).text).toMatch(/^function waitForBackoff[^]*}$/);
    const [path = '', text] = Object.entries(fastify).find(([name]) => name === 'fastify.js') ?? [];
    const whole = await ask('read-code', { repository: 'fastify', path, max_chars: 80_000 });
    expect(whole.text.replace(/\n$/, '')).toBe(text?.replace(/\n$/, ''));
    const cut = await ask('read-code', { repository: 'fastify', path, max_chars: 1_000 });
    expect(cut.left_out).toContain(`start_line ${cut.end_line + 1}`);
    const rest = await ask('read-code', {
      repository: 'fastify',
      path,
      start_line: cut.end_line + 1,
      max_chars: 80_000,
    });
    expect(`${cut.text}\n${rest.text}`.trimEnd()).toBe(text?.trimEnd());
  });

  it('refuses what is not there, and says why a file is not indexed', async () => {
    const at = { repository: 'small', path: 'src/retry.ts' };
    expect(await refusal('read-code', { ...at, path: 'logo.png' })).toMatchObject({
      code: 'MEMLANE_ERR_NOT_FOUND',
      details: { skipped: 'binary' },
    });
    expect(await refusal('read-code', { ...at, path: '../etc/passwd' })).toMatchObject({ field: 'path' });
    expect(await refusal('read-code', { ...at, symbol: 'nothing' })).toMatchObject({ field: 'symbol' });
    expect(await refusal('read-code', { ...at, start_line: 900 })).toMatchObject({ field: 'start_line', limit: 10 });
    const unknown = positionOf('ann', 10 ** 9);
    expect(await refusal('list-repositories', { position: unknown })).toMatchObject({
      code: 'MEMLANE_ERR_POSITION_NOT_REACHED',
    });
  });
});
