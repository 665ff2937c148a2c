import {
  limit,
  type Command,
  type CommandPayload,
  type DomainEvent,
  type EventOf,
  type RepoCommandType,
  type RepoEvent,
} from '@memlane/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../decide.js';
import type { Decision } from '../decision.js';
import { factsWith } from '../facts.fixture.js';
import { dueAt, isDue } from './due-at.js';
import { evolveRepo } from './evolve.js';
import { isActive, type RepoFacts, type RepoFactsReader } from './state.js';

/** When everything happened. */
const AT = '2026-05-03T11:00:00.000Z';
const ID = '00112233445566ff';
const JOB = `${ID}-j1`;
const COMMIT = 'a'.repeat(40);
const BASE = 'b'.repeat(40);
const about = { repository_id: ID, job_id: JOB };
const wanted = { repository_id: ID, name: 'shop', source: 'https://git.example/shop', ref: null } as const;
const sync = { ...wanted, mode: 'incremental', trigger: 'call' } as const;

const requested: RepoEvent = { type: 'repository-sync-requested', data: { ...sync, job_id: JOB, store: 's1' } };
const started = (attempt: number): RepoEvent => ({ type: 'repository-sync-started', data: { ...about, attempt } });
const planned = (total: number, base: string | null = null): RepoEvent => ({
  type: 'repository-sync-planned',
  data: { ...about, commit: COMMIT, base_commit: base, rules: 1, total },
});
const recorded = (batch: number, paths: readonly string[], done: number): RepoEvent => ({
  type: 'files-recorded',
  data: { ...about, batch, commit: COMMIT, store: 's1', files: paths.map(fileAt), skipped: [], done },
});
const synced: RepoEvent = {
  type: 'repository-synced',
  data: {
    ...about,
    commit: COMMIT,
    base_commit: null,
    ref: 'main',
    rules: 1,
    counts: { files: 1, bytes: 3, skipped: 0, removed: 0, redacted: 0 },
  },
};
const failed: RepoEvent = { type: 'repository-sync-failed', data: { ...about, reason: 'r', message: 'm' } };
const cancelled: RepoEvent = { type: 'repository-sync-cancelled', data: about };
const removed: RepoEvent = { type: 'repository-removed', data: { repository_id: ID, store: 's1' } };

function fileAt(path: string) {
  return { path, blob: 'c'.repeat(64), size: 3 };
}

function batch(number: number, paths: readonly string[], done: number): CommandPayload<'record-files'> {
  return { ...about, batch: number, files: paths.map(fileAt), skipped: [], removed: [], done };
}

function factsAfter(history: readonly RepoEvent[], others = 0): RepoFactsReader {
  const facts = history.reduce<RepoFacts | undefined>((before, event) => evolveRepo(before, event, AT), undefined);
  return {
    byId: (id) => (id === ID ? facts : undefined),
    activeJobs: () => others + (facts && isActive(facts.job) ? 1 : 0),
    autoSynced: () => others,
  };
}

function when<T extends RepoCommandType>(
  history: readonly RepoEvent[],
  type: T,
  payload: CommandPayload<T>,
  others = 0,
): Decision<unknown> {
  const command: Pick<Command, 'type' | 'payload'> = { type, payload };
  let n = 0;
  const context = { now: '2026-05-03T12:00:00.000Z', newId: () => `new-${(n += 1)}` };
  return decide(factsWith({ repo: factsAfter(history, others) }), command, context);
}

const quiet = (state: string) => ({ kind: 'quiet', result: { state } });
const running = [requested, started(1)];

describe('sync-repository', () => {
  test('starts a job whose id begins with that of its repository', () => {
    expect(when([], 'sync-repository', sync)).toEqual({
      kind: 'append',
      events: [{ type: 'repository-sync-requested', data: { ...sync, job_id: `${ID}-new-1`, store: 'new-2' } }],
      result: { repository_id: ID, job_id: `${ID}-new-1`, joined: false },
    });
  });

  test('joins the job that runs, also when that one does more', () => {
    const joined = { kind: 'quiet', result: { repository_id: ID, job_id: JOB, joined: true } };
    expect(when(running, 'sync-repository', sync)).toEqual(joined);
    const full: RepoEvent = { ...requested, data: { ...requested.data, mode: 'full' } };
    expect(when([full], 'sync-repository', sync)).toEqual(joined);
  });

  test.each([
    ['another ref', { ref: 'next' }],
    ['a full sync', { mode: 'full' as const }],
  ])('refuses to join a running job for %s', (_, change) => {
    expect(when(running, 'sync-repository', { ...sync, ...change })).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_JOB_RUNNING', retryable: true, details: { id: JOB } },
    });
  });

  test('keeps the store of a repository, and takes a new one after a removal', () => {
    const storeOf = (decision: Decision<unknown>) =>
      decision.kind === 'append' && (decision.events[0] as EventOf<'repository-sync-requested'>).data.store;
    expect(storeOf(when([requested, failed], 'sync-repository', sync))).toBe('s1');
    expect(storeOf(when([requested, removed], 'sync-repository', sync))).toBe('new-2');
  });

  test('refuses the name of a repository from elsewhere', () => {
    expect(
      when([requested, failed], 'sync-repository', { ...sync, source: 'https://other.example/shop' }),
    ).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_REPOSITORY_NAME_TAKEN', field: 'name' },
    });
  });

  test('refuses more jobs than a user may have waiting', () => {
    expect(when([], 'sync-repository', sync, limit('jobs_per_owner'))).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_TOO_MANY_JOBS', limit: limit('jobs_per_owner') },
    });
  });
});

describe('retry-sync', () => {
  test('starts the last job again as a new one, as it was asked for', () => {
    expect(when([requested, failed], 'retry-sync', about)).toMatchObject({
      kind: 'append',
      events: [{ data: { ...wanted, mode: 'incremental', trigger: 'retry', job_id: `${ID}-new-1`, store: 's1' } }],
    });
  });

  test('joins it while it runs', () => {
    expect(when(running, 'retry-sync', about)).toMatchObject({ kind: 'quiet', result: { joined: true, job_id: JOB } });
  });

  test('knows no earlier job', () => {
    expect(when([requested, failed], 'retry-sync', { ...about, job_id: `${ID}-j0` })).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_NOT_FOUND' },
    });
  });
});

describe('start-sync', () => {
  test('gives the worker what it has to know', () => {
    expect(when([requested], 'start-sync', about)).toMatchObject({
      kind: 'append',
      events: [{ type: 'repository-sync-started', data: { attempt: 1 } }],
      result: { state: 'running', task: { source: sync.source, store: 's1', indexed: null, plan: null } },
    });
  });

  test('tells a second worker how far the first one came', () => {
    const decision = when([...running, planned(3), recorded(1, ['a', 'b'], 2)], 'start-sync', about);
    expect(decision).toMatchObject({
      events: [{ data: { attempt: 1 } }],
      result: { task: { plan: { commit: COMMIT, base_commit: null, total: 3, batch: 1, done: 2 } } },
    });
  });

  test('fails a job that workers keep dying of, and not one that gets further each time', () => {
    const max = limit('job_attempts');
    const attempts = Array.from({ length: max }, (_, n) => started(n + 1));
    expect(when([requested, ...attempts], 'start-sync', about)).toMatchObject({
      kind: 'append',
      events: [{ type: 'repository-sync-failed', data: { reason: 'gave-up' } }],
      result: { state: 'failed' },
    });
    const further = [requested, planned(9), ...attempts, recorded(1, ['a'], 1)];
    expect(when(further, 'start-sync', about)).toMatchObject({ result: { state: 'running' } });
  });

  test('says what the last sync left for readers', () => {
    const again: RepoEvent = { type: 'repository-sync-requested', data: { ...sync, job_id: `${ID}-j2`, store: 's1' } };
    const decision = when([...running, planned(0), synced, again], 'start-sync', { ...about, job_id: `${ID}-j2` });
    expect(decision).toMatchObject({ result: { task: { indexed: { commit: COMMIT, rules: 1 }, plan: null } } });
  });
});

describe('record-files', () => {
  const open = [...running, planned(4, BASE)];

  test('records files, skipped ones and removals of a batch together', () => {
    const decision = when(open, 'record-files', {
      ...batch(1, ['a'], 3),
      skipped: [{ path: 'b.png', reason: 'binary' }],
      removed: ['c'],
    });
    expect(decision).toMatchObject({
      kind: 'append',
      events: [
        { type: 'files-recorded', data: { batch: 1, commit: COMMIT, store: 's1', done: 3 } },
        { type: 'files-removed', data: { batch: 1, paths: ['c'], done: 3 } },
      ],
    });
  });

  test('records a batch once', () => {
    expect(when([...open, recorded(1, ['a'], 1)], 'record-files', batch(1, ['a'], 1))).toEqual(quiet('running'));
  });

  test.each([
    ['a batch before its turn', open, batch(2, ['a'], 1)],
    ['a batch without a plan', running, batch(1, ['a'], 1)],
    ['an empty batch', open, batch(1, [], 1)],
  ])('refuses %s', (_, history, payload) => {
    expect(when(history, 'record-files', payload)).toMatchObject({ kind: 'rejected' });
  });

  test('begins again at the first batch after a new plan', () => {
    expect(when([...open, recorded(1, ['a'], 1), planned(4)], 'record-files', batch(1, ['a'], 1))).toMatchObject({
      kind: 'append',
    });
  });
});

describe('complete-sync', () => {
  test('is refused while part of the plan is missing, and counts what the job recorded', () => {
    const half = [...running, planned(2), recorded(1, ['a'], 1)];
    expect(when(half, 'complete-sync', { ...about, ref: 'main', batches: 1 })).toMatchObject({ kind: 'rejected' });
    expect(
      when([...half, recorded(2, ['b'], 2)], 'complete-sync', { ...about, ref: 'main', batches: 2 }),
    ).toMatchObject({
      kind: 'append',
      events: [
        { type: 'repository-synced', data: { commit: COMMIT, base_commit: null, counts: { files: 2, bytes: 6 } } },
      ],
      result: { state: 'done' },
    });
  });

  test('of nothing to do completes', () => {
    const decision = when([...running, planned(0, BASE)], 'complete-sync', { ...about, ref: 'main', batches: 0 });
    expect(decision).toMatchObject({ kind: 'append', events: [{ data: { base_commit: BASE } }] });
  });
});

describe('cancel-sync and remove-repository', () => {
  test('a queued or running job is cancelled', () => {
    for (const history of [[requested], running])
      expect(when(history, 'cancel-sync', about)).toMatchObject({ kind: 'append', result: { state: 'cancelled' } });
  });

  test('a job that has ended stays as it ended', () => {
    expect(when([...running, planned(0), synced], 'cancel-sync', about)).toEqual(quiet('done'));
    expect(when([...running, cancelled], 'cancel-sync', about)).toEqual(quiet('cancelled'));
  });

  test('a repository is removed with its store, and nothing that is not there', () => {
    expect(when(running, 'remove-repository', { repository_id: ID })).toMatchObject({
      kind: 'append',
      events: [{ type: 'repository-removed', data: { store: 's1' } }],
    });
    for (const history of [[], [requested, removed]])
      expect(when(history, 'remove-repository', { repository_id: ID })).toMatchObject({
        kind: 'rejected',
        error: { code: 'MEMLANE_ERR_NOT_FOUND' },
      });
  });
});

test('reports about a job that has ended or is no longer the last change nothing, quietly', () => {
  const later: RepoEvent = { type: 'repository-sync-requested', data: { ...sync, job_id: `${ID}-j2`, store: 's1' } };
  const open = [...running, planned(4)];
  const reports = [
    ['start-sync', about],
    ['plan-sync', { ...about, commit: COMMIT, base_commit: null, rules: 1, total: 4 }],
    ['record-files', batch(1, ['a'], 1)],
    ['complete-sync', { ...about, ref: 'main', batches: 0 }],
    ['fail-sync', { ...about, reason: 'r', message: 'm' }],
  ] as const;
  for (const [type, payload] of reports) {
    expect(when([...open, cancelled], type, payload)).toEqual(quiet('cancelled'));
    expect(when([...open, failed], type, payload)).toEqual(quiet('failed'));
    expect(when([...open, removed], type, payload)).toEqual(quiet('unknown'));
    expect(when([...open, failed, later], type, payload)).toEqual(quiet('unknown'));
  }
});

test('whatever is reported in whatever order, each batch is recorded once and in order', () => {
  const report = fc.record({ number: fc.integer({ min: 1, max: 5 }), ends: fc.boolean() });
  fc.assert(
    fc.property(fc.array(report, { maxLength: 30 }), (reports) => {
      const log: DomainEvent[] = [];
      const history: RepoEvent[] = [...running, planned(5)];
      for (const { number, ends } of reports) {
        const decision = ends
          ? when(history, 'complete-sync', { ...about, ref: 'main', batches: number })
          : when(history, 'record-files', batch(number, [`f${number}`], number));
        if (decision.kind !== 'append') continue;
        log.push(...decision.events);
        history.push(...(decision.events as RepoEvent[]));
      }
      const batches = log.flatMap((event) => (event.type === 'files-recorded' ? [event.data.batch] : []));
      expect(batches).toEqual(Array.from({ length: batches.length }, (_, n) => n + 1));
      const ended = log.findIndex(({ type }) => type === 'repository-synced');
      if (ended >= 0) expect([batches.length, ended]).toEqual([5, log.length - 1]);
    }),
  );
});

describe('a repository that syncs by itself', () => {
  const MINUTE = 60_000;
  const auto = (every_minutes: number | null, hook: string | null = null): RepoEvent => ({
    type: 'repository-auto-sync-set',
    data: { repository_id: ID, every_minutes, hook },
  });
  const wantedAgain: RepoEvent = { type: 'repository-sync-wanted', data: { repository_id: ID } };
  const HOOK = 'a'.repeat(32);
  const repoAfter = (...history: RepoEvent[]) => factsAfter(history).byId(ID);
  const minutesUntilDue = (...history: RepoEvent[]) => {
    const repo = repoAfter(...history);
    const due = repo && dueAt(repo);
    return due === undefined ? undefined : (Date.parse(due) - Date.parse(AT)) / MINUTE;
  };
  const jobNumber = (n: number): RepoEvent => ({ ...requested, data: { ...requested.data, job_id: `${ID}-j${n}` } });
  const failureOf = (n: number): RepoEvent => ({ ...failed, data: { ...failed.data, job_id: `${ID}-j${n}` } });

  test('is not one before somebody says so', () => {
    expect(minutesUntilDue(requested, started(1), planned(0), synced)).toBeUndefined();
    expect(minutesUntilDue(requested, cancelled, auto(60), auto(null))).toBeUndefined();
  });

  test('is due an interval and a little after its last request, and not while a job has not ended', () => {
    expect(minutesUntilDue(requested, auto(60))).toBeUndefined();
    expect(minutesUntilDue(requested, auto(60), started(1))).toBeUndefined();
    const due = minutesUntilDue(requested, auto(60), started(1), planned(0), synced);
    expect(due).toBeGreaterThanOrEqual(60);
    expect(due).toBeLessThanOrEqual(66);
  });

  test('is spread over a tenth of its interval', () => {
    const jobs = Array.from({ length: 200 }, (_, n) => n + 2);
    const dues = jobs.map((n) => {
      const end: RepoEvent = { type: 'repository-sync-cancelled', data: { ...about, job_id: `${ID}-j${n}` } };
      return Math.floor((minutesUntilDue(requested, auto(100), jobNumber(n), end) ?? 0) - 100);
    });
    expect(new Set(dues).size).toBe(10);
  });

  test('is asked less and less often while it fails, and as before once it does not', () => {
    const failures = (count: number) => Array.from({ length: count }, (_, n) => [jobNumber(n), failureOf(n)]).flat();
    const dues = [0, 1, 2, 3, 20].map((count) =>
      Math.floor((minutesUntilDue(...failures(count + 1), auto(60)) ?? 0) / 60),
    );
    expect(dues).toEqual([2, 4, 8, 16, 32]);
    const mended = [...failures(3), requested, started(1), planned(0), synced];
    expect(minutesUntilDue(...mended, auto(60))).toBeLessThanOrEqual(66);
  });

  test('is begun once for each job that it follows, when it is due', () => {
    const history = [requested, auto(30), started(1), planned(0), synced];
    const due = repoAfter(...history) && minutesUntilDue(...history);
    expect(due).toBeLessThan(60);
    const begun = when(history, 'auto-sync', { repository_id: ID, after: JOB });
    expect(begun).toMatchObject({
      kind: 'append',
      events: [{ type: 'repository-sync-requested', data: { ...sync, trigger: 'interval', store: 's1' } }],
    });
    const nothing = { kind: 'quiet', result: { repository_id: ID } };
    expect(when(history, 'auto-sync', { repository_id: ID, after: `${ID}-other` })).toEqual(nothing);
    expect(when([...history, auto(600)], 'auto-sync', { repository_id: ID, after: JOB })).toEqual(nothing);
    expect(when([...history, removed], 'auto-sync', { repository_id: ID, after: JOB })).toEqual(nothing);
  });

  test('does not wait for a time that comes again because the clock was set back', () => {
    const repo = repoAfter(requested, auto(30), started(1), planned(0), synced);
    const minutesAfter = (minutes: number) => new Date(Date.parse(AT) + minutes * MINUTE).toISOString();
    const dueMinutes = [-1_000_000, -2, -1, 0, 29, 34].filter((at) => repo && isDue(repo, minutesAfter(at)));
    // A minute back is no clock that was set, only another handler's.
    expect(dueMinutes).toEqual([-1_000_000, -2, 34]);
    expect(repo && isDue({ ...repo, auto: { ...repo.auto, everyMinutes: null } }, minutesAfter(-2))).toBe(false);
  });

  test('that a webhook calls during a job is synced once more, however often it calls', () => {
    const history = [requested, auto(null, HOOK), started(1)];
    const call = { repository_id: ID, hook: HOOK };
    expect(when(history, 'want-sync', call)).toMatchObject({ kind: 'append', events: [wantedAgain] });
    expect(when([...history, wantedAgain], 'want-sync', call)).toMatchObject({ kind: 'quiet' });
    expect(minutesUntilDue(...history, wantedAgain)).toBeUndefined();
    const ended = [...history, wantedAgain, planned(0), synced];
    expect(minutesUntilDue(...ended)).toBe(limit('webhook_spacing_ms') / MINUTE);
    expect(when(ended, 'auto-sync', { repository_id: ID, after: JOB })).toMatchObject({
      events: [{ data: { trigger: 'webhook' } }],
    });
    const next: RepoEvent = { ...requested, data: { ...requested.data, job_id: `${ID}-j2` } };
    expect(repoAfter(...ended, next)?.auto).toEqual({ everyMinutes: null, hook: HOOK, wanted: false });
  });

  test('that waits for its job already finds what is new by itself', () => {
    expect(when([requested, auto(null, HOOK)], 'want-sync', { repository_id: ID, hook: HOOK })).toMatchObject({
      kind: 'quiet',
    });
  });

  test('knows its last webhook only', () => {
    const old = [requested, auto(null, 'b'.repeat(32)), auto(null, HOOK), started(1)];
    const refusal = { kind: 'rejected', error: { code: 'MEMLANE_ERR_NOT_FOUND' } };
    expect(when(old, 'want-sync', { repository_id: ID, hook: 'b'.repeat(32) })).toMatchObject(refusal);
    expect(when([...old, auto(null)], 'want-sync', { repository_id: ID, hook: HOOK })).toMatchObject(refusal);
    expect(when([], 'want-sync', { repository_id: ID, hook: HOOK })).toMatchObject(refusal);
  });

  test('is set field by field, and only so many of an owner are', () => {
    const set = { repository_id: ID, every_minutes: 60 };
    expect(when([requested, auto(null, HOOK)], 'set-auto-sync', set)).toEqual({
      kind: 'append',
      events: [auto(60, HOOK)],
      result: { every_minutes: 60, webhook: true },
    });
    expect(when([requested, auto(60)], 'set-auto-sync', set)).toMatchObject({ kind: 'quiet' });
    const max = limit('auto_synced_repositories');
    const refusal = { kind: 'rejected', error: { code: 'MEMLANE_ERR_TOO_MANY_JOBS', limit: max } };
    expect(when([requested], 'set-auto-sync', set, max)).toMatchObject(refusal);
    expect(when([requested, auto(30)], 'set-auto-sync', set, max)).toMatchObject({ kind: 'append' });
    expect(when([], 'set-auto-sync', set)).toMatchObject({ error: { code: 'MEMLANE_ERR_NOT_FOUND' } });
  });
});
