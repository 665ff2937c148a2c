import { cp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  createRepository,
  runCli,
  startSystem,
  tempDir,
  type RunningSystem,
  type TestRepository,
} from '@memlane/testkit';
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectClient } from '../support/connect-client.js';
import { callsOfGuide } from '../support/guides.js';

interface Place {
  readonly repository: string;
  readonly commit: string;
  readonly path: string;
  readonly name?: string;
  readonly text?: string;
}

interface Job {
  readonly id: string;
  readonly phase: string;
  readonly done: number;
}

/** Of any of the tools on code: those fields that it has. */
interface Answer {
  readonly [field: string]: unknown;
  readonly job: { readonly id: string; readonly state: string };
  readonly jobs: readonly Job[];
  readonly repositories: readonly Readonly<Record<string, unknown>>[];
  readonly hits: readonly Place[];
  readonly symbols: readonly Place[];
}

const bears = '/** Bears hibernate until spring. */\nexport function hibernateBears() {}\n';
const PATIENCE = { timeout: 120_000, interval: 250 };

let system: RunningSystem;
let ann: Client;
let bob: Client;
let root: string;
let semver: TestRepository;
let commit: string;

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Answer> {
  const { structuredContent } = await client.callTool({ name, arguments: args }, { timeout: PATIENCE.timeout });
  return structuredContent as Answer;
}

/** A read at a position, as often as the server asks to repeat it. */
async function readAt(position: unknown, name: string, args: Record<string, unknown> = {}): Promise<Answer> {
  for (let end = Date.now() + PATIENCE.timeout; ;) {
    const answer = await call(ann, name, { ...args, position });
    const { error } = answer as { error?: { code: string } };
    if (error?.code !== 'MEMLANE_ERR_POSITION_NOT_REACHED' || Date.now() > end) return answer;
  }
}

/** Syncs a repository of ann and waits until all of it can be read. @returns the answer at the end of the job */
async function sync(path: string): Promise<Answer> {
  const answer = await call(ann, 'sync_repository', { source: path, wait: true });
  await readAt(answer['position'], 'list_repositories');
  return answer;
}

async function phaseOf(job: string): Promise<string | undefined> {
  return (await call(ann, 'jobs', { action: 'get', id: job })).jobs[0]?.phase;
}

/** What another agent without a repository sees of one: nothing, in the same words as for a name that never was. */
async function expectNothingFor(client: Client, name: string, path: string): Promise<void> {
  expect(await call(client, 'list_repositories')).toMatchObject({ repositories: [] });
  expect((await call(client, 'search_code', { query: 'SemVer' })).hits).toEqual([]);
  expect((await call(client, 'find_symbol', { name: 'SemVer' })).symbols).toEqual([]);
  for (const [tool, argsOf] of [
    ['search_code', (repository: string) => ({ query: 'SemVer', repositories: [repository] })],
    ['find_symbol', (repository: string) => ({ name: 'SemVer', repositories: [repository] })],
    ['read_code', (repository: string) => ({ repository, path })],
    ['repo_map', (repository: string) => ({ repository })],
    ['jobs', (repository: string) => ({ action: 'history', repository })],
  ] as const) {
    const refused = await call(client, tool, argsOf(name));
    expect(refused, tool).toEqual(await call(client, tool, argsOf('never-was')));
    expect(refused, tool).toMatchObject({ error: { code: 'MEMLANE_ERR_NOT_FOUND' } });
  }
}

beforeAll(async () => {
  root = await tempDir();
  semver = await createRepository(join(root, 'semver'));
  const installed = dirname(createRequire(import.meta.url).resolve('semver/package.json'));
  await cp(installed, semver.path, { recursive: true });
  commit = await semver.commit({ 'functions/hibernate.js': bears });
  system = await startSystem({ env: { MEMLANE_REPOSITORY_ROOTS: root } });
  [ann, bob] = [await connectClient(system, 'ann'), await connectClient(system, 'bob')];
});
afterAll(async () => {
  await Promise.all([ann, bob].map((client) => client.close()));
  await system.stop();
  await rm(root, { recursive: true, force: true });
});

test('an agent gives a repository, and finds its code by words, by names and by meaning', async () => {
  expect(await sync(semver.path)).toMatchObject({ repository: 'semver', job: { state: 'done', commit } });
  const { repositories } = await call(ann, 'list_repositories');
  expect(repositories).toMatchObject([{ name: 'semver', state: 'ready', commit, ref: 'main' }]);

  const { hits } = await call(ann, 'search_code', { query: 'replace caret ranges' });
  expect(hits[0]).toMatchObject({ repository: 'semver', commit, path: 'classes/range.js' });

  const { symbols } = await call(ann, 'find_symbol', { name: 'SemVer' });
  expect(symbols[0]).toMatchObject({ kind: 'class', path: 'classes/semver.js', commit });
  const { symbols: callers } = await call(ann, 'find_symbol', { name: 'replaceCaret', relation: 'callers' });
  expect(callers.map(({ path }) => path)).toContain('classes/range.js');

  const file = await readFile(join(semver.path, 'functions/rsort.js'), 'utf8');
  const read = await call(ann, 'read_code', { repository: 'semver', path: 'functions/rsort.js' });
  expect(read).toMatchObject({ commit, language: 'javascript', text: file.trimEnd() });
  const defined = await call(ann, 'read_code', { repository: 'semver', path: 'classes/semver.js', symbol: 'SemVer' });
  expect(defined['text']).toMatch(/^class SemVer \{[^]*\}$/u);

  // No word of it is in the code, so that only its meaning can find something.
  const meant = { query: 'winter sleeping animals' };
  await expect
    .poll(async () => (await call(ann, 'search_code', meant))['legs'], PATIENCE)
    .toEqual({ text: 'ok', symbols: 'ok', vectors: 'ok' });
  expect((await call(ann, 'search_code', meant)).hits[0]).toMatchObject({ symbol: 'hibernateBears' });
});

test('the reads of the guide answer', async () => {
  const calls = await callsOfGuide('code-base.md');
  const reads = calls.filter(({ name }) => /code$|symbol$|map$|^list_rep/u.test(name));
  expect(reads.map(({ name }) => name)).toEqual([
    ...['list_repositories', 'search_code', 'find_symbol', 'read_code', 'repo_map', 'search_code'],
  ]);
  const answers: Answer[] = [];
  for (const { name, arguments: args } of reads) answers.push(await call(ann, name, args));
  expect(answers).toMatchObject([
    { repositories: [{ name: 'semver', state: 'ready' }] },
    {},
    { symbols: [{ path: 'classes/range.js' }] },
    { text: await readFile(join(semver.path, 'functions/rsort.js'), 'utf8').then((text) => text.trimEnd()) },
    { commit, text: expect.stringMatching(/^classes\/range\.js\n/u) as string },
    { legs: { memories: 'ok' } },
  ]);
  expect(answers[1]?.hits.slice(0, 3).map(({ path }) => path)).toContain('classes/range.js');
});

test('memories that name code come with it', async () => {
  const uri = 'repo://semver/classes/range.js#replaceCaret';
  const { id } = await call(ann, 'store_memory', { content: `Carets keep the first digit that is not zero: ${uri}.` });
  await call(bob, 'store_memory', { content: `of bob: ${uri}` });
  const { hits, memories } = await call(ann, 'search_code', { query: 'replaceCaret', memories: true });
  expect(hits[0]).toMatchObject({ path: 'classes/range.js', memories: [{ id, uri, state: 'current' }] });
  expect(memories).toMatchObject([{ id, content: expect.stringContaining('Carets') as string }]);
});

test('the code of one user is not there for another', async () => {
  await expectNothingFor(bob, 'semver', 'functions/rsort.js');
  expect(await call(bob, 'remove_repository', { name: 'semver' })).toMatchObject({
    error: { code: 'MEMLANE_ERR_NOT_FOUND' },
  });
  expect((await call(bob, 'jobs', { action: 'list' })).jobs).toEqual([]);
  expect((await call(ann, 'list_repositories')).repositories).toHaveLength(1);
});

test('what is changed, added, moved and deleted is so after the next sync', async () => {
  await semver.git('mv', 'functions/rsort.js', 'functions/newest-first.js');
  const next = await semver.commit({
    'functions/inc.js': 'const { SemVer } = require("../classes/semver");\nexport function incrementRelease() {}\n',
    'functions/wake.js': 'export function wakeBears() {}\n',
    'functions/sort.js': null,
  });
  expect(await sync(semver.path)).toMatchObject({ job: { state: 'done', commit: next, files: 3, removed: 2 } });
  expect((await call(ann, 'list_repositories')).repositories).toMatchObject([{ commit: next, state: 'ready' }]);

  const { hits } = await call(ann, 'search_code', { query: 'wakeBears' });
  expect(hits[0]).toMatchObject({ path: 'functions/wake.js', symbol: 'wakeBears', commit: next });
  const at = { repository: 'semver' };
  expect(await call(ann, 'read_code', { ...at, path: 'functions/newest-first.js' })).toMatchObject({ commit: next });
  expect(await call(ann, 'read_code', { ...at, path: 'functions/inc.js', symbol: 'incrementRelease' })).toMatchObject({
    text: 'export function incrementRelease() {}',
  });
  for (const path of ['functions/rsort.js', 'functions/sort.js'])
    expect(await call(ann, 'read_code', { ...at, path })).toMatchObject({ error: { field: 'path' } });
  const { symbols } = await call(ann, 'find_symbol', { name: 'rsort' });
  expect(symbols.map(({ path }) => path)).not.toContain('functions/rsort.js');
  expect((await call(ann, 'find_symbol', { name: 'SemVer' })).symbols[0]).toMatchObject({ commit: next });
  commit = next;
});

test('the history tells what each sync changed, to whoever may read code', async () => {
  const reader = await connectClient(system, 'ann', ['code:read']);
  const { jobs } = await call(reader, 'jobs', { action: 'history', repository: 'semver' });
  expect(jobs).toMatchObject([
    { repository: 'semver', state: 'done', trigger: 'call', commit, added: 2, changed: 1, removed: 2, attempts: 1 },
    { repository: 'semver', state: 'done', trigger: 'call', changed: 0, removed: 0 },
  ]);
  const [last, first] = jobs;
  // The first one is no longer the last of its repository: only the history knows it.
  expect((await call(reader, 'jobs', { action: 'get', id: first?.id })).jobs).toMatchObject([{ id: first?.id }]);
  expect((await call(reader, 'jobs', { action: 'list' })).jobs).toMatchObject([{ id: last?.id, files: 3 }]);
  for (const action of ['cancel', 'retry'])
    expect(await call(reader, 'jobs', { action, id: last?.id })).toMatchObject({
      error: { code: 'MEMLANE_ERR_FORBIDDEN', details: { scope: 'code:write' } },
    });
  expect((await call(bob, 'jobs', { action: 'history' })).jobs).toEqual([]);
  expect(await call(bob, 'jobs', { action: 'get', id: first?.id })).toMatchObject({
    error: { code: 'MEMLANE_ERR_NOT_FOUND' },
  });
  await reader.close();
});

test('an operator lists, shows, cancels and retries jobs', async () => {
  const jobs = (...args: string[]) => runCli(['jobs', ...args, '--data-dir', system.dataDir]);
  const linesOf = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const [listed] = linesOf((await jobs('list', '--json')).stdout);
  expect(listed).toMatchObject({ owner: 'ann', state: 'done', commit });
  const id = String(listed?.['id']);
  const owner = ['--owner', 'ann'];
  const shown = linesOf((await jobs('show', id, ...owner, '--json')).stdout);
  expect(shown).toMatchObject([{ id }, { repository: 'semver', removed: 0 }]);
  expect((await jobs('show', id, ...owner)).stdout).toContain(`at ${commit.slice(0, 12)}`);
  expect(linesOf((await jobs('cancel', id, ...owner, '--json')).stdout)).toMatchObject([{ id, state: 'done' }]);

  const [retried] = linesOf((await jobs('retry', id, ...owner, '--json')).stdout);
  expect(retried).toMatchObject({ owner: 'ann' });
  expect(retried?.['id']).not.toBe(id);
  await expect.poll(() => phaseOf(String(retried?.['id'])), PATIENCE).toBe('ended');
  const ofBob = await jobs('show', id, '--owner', 'bob');
  expect(ofBob.code).toBe(1);
  expect(ofBob.stderr).toContain('MEMLANE_ERR_NOT_FOUND');
  expect(await jobs('retry', 'x', ...owner)).toMatchObject({ code: 2 });
  expect(await jobs('cancel')).toMatchObject({ code: 2 });
});

test('memlane status names the services of code, and a rebuild gives the same answers', async () => {
  const where = ['--data-dir', system.dataDir];
  const before = await call(ann, 'search_code', { query: 'SemVer compare build', limit: 20 });
  expect(before.hits.length).toBeGreaterThan(0);
  expect(await runCli(['rebuild', ...where])).toMatchObject({ code: 0, stderr: '' });
  const { code, stdout } = await runCli(['status', '--json', ...where]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\{"service":"code-projector","status":\{.*"generation":2/mu);
  for (const service of ['repo-worker', 'code-query'])
    expect(stdout).toMatch(new RegExp(`^\\{"service":"${service}","status":\\{`, 'mu'));
  const after = await call(ann, 'search_code', { query: 'SemVer compare build', limit: 20 });
  const placesOf = ({ hits }: Answer) => hits.map(({ path, text }) => `${path} ${text ?? ''}`).sort();
  expect(placesOf(after)).toEqual(placesOf(before));
});

test('a job that is cancelled leaves what was there', async () => {
  const installed = dirname(createRequire(import.meta.url).resolve('typescript-eslint/package.json'));
  await cp(join(installed, '../@typescript-eslint'), join(semver.path, 'eslint'), { recursive: true });
  await semver.commit({ 'functions/hibernate.js': 'export function feedBears() {}\n' });
  const { job } = await call(ann, 'sync_repository', { source: semver.path });
  await expect.poll(() => phaseOf(job.id), { ...PATIENCE, interval: 20 }).toBe('recording');
  const cancelled = await call(ann, 'jobs', { action: 'cancel', id: job.id });
  expect(cancelled.jobs).toMatchObject([{ id: job.id, state: 'cancelled' }]);
  await expect.poll(async () => (await call(ann, 'list_repositories'))['behind'], PATIENCE).toBe(0);

  expect((await call(ann, 'list_repositories')).repositories).toMatchObject([{ commit, state: 'cancelled' }]);
  const { hits } = await call(ann, 'search_code', { query: 'hibernateBears' });
  expect(hits[0]).toMatchObject({ path: 'functions/hibernate.js', symbol: 'hibernateBears', commit });
  expect((await call(ann, 'find_symbol', { name: 'feedBears' })).symbols).toEqual([]);
  expect((await call(ann, 'search_code', { query: 'rule creator', path: 'eslint/*' })).hits).toEqual([]);
});

test('a sync goes on after kill -9 of all that works on it', async () => {
  const next = await semver.git('rev-parse', 'HEAD');
  const { job } = await call(ann, 'sync_repository', { source: semver.path });
  await expect.poll(() => phaseOf(job.id), { ...PATIENCE, interval: 20 }).toBe('recording');
  await Promise.all((['repo-worker', 'code-projector', 'code-query'] as const).map((part) => system.kill9(part)));
  expect(await call(bob, 'store_memory', { content: 'Bears are not held up' })).toMatchObject({ created: true });

  const { job: ended, position } = await call(ann, 'sync_repository', { source: semver.path, wait: true });
  expect(ended).toMatchObject({ id: job.id, state: 'done', commit: next });
  await expect.poll(async () => (await call(ann, 'list_repositories'))['error'], PATIENCE).toBeUndefined();
  const { repositories } = await readAt(position, 'list_repositories');
  expect(repositories).toMatchObject([{ commit: next, state: 'ready' }]);
  expect((await call(ann, 'find_symbol', { name: 'feedBears' })).symbols).toMatchObject([{ commit: next }]);
  expect((await call(ann, 'find_symbol', { name: 'hibernateBears' })).symbols).toEqual([]);
});

test('a removed repository is gone with everything of it', async () => {
  const { position } = await call(ann, 'remove_repository', { name: 'semver' });
  await readAt(position, 'list_repositories');
  await expectNothingFor(ann, 'semver', 'functions/hibernate.js');
  expect((await call(ann, 'jobs', { action: 'list' })).jobs).toEqual([]);
  await expect
    .poll(async () => (await call(ann, 'search_code', { query: 'arrange releases' }))['legs'], PATIENCE)
    .toMatchObject({ vectors: 'ok' });
  await expectNothingFor(ann, 'semver', 'functions/hibernate.js');
});

test('no service asked of NATS what it may not', () => {
  expect(system.log().filter((line) => /MEMLANE_NATS_DENIED|violation/iu.test(line))).toEqual([]);
});
