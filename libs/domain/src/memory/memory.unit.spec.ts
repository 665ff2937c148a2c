import type { Command, CommandPayload, CommandType, MemoryEvent } from '@memlane/contracts';
import { limit } from '@memlane/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../decide.js';
import type { Decision } from '../decision.js';
import { factsWith } from '../facts.fixture.js';
import { evolve } from './evolve.js';
import { hashContent } from './fingerprints.js';
import { EARLIER, factsAfter, stored, type Dated } from './memory.fixture.js';

const NOW = '2026-05-03T12:00:00.000Z';
const NOW_AND_A_DAY = '2026-05-04T12:00:00.000Z';
const LATER = '2026-06-01T00:00:00.000Z';

function when<T extends CommandType>(
  history: readonly Dated[],
  type: T,
  payload: CommandPayload<T>,
): Decision<unknown> {
  let n = 0;
  const command: Pick<Command, 'type' | 'payload'> = { type, payload };
  const facts = factsWith({ memory: factsAfter(history) });
  return decide(facts, command, { now: NOW, newId: () => `new-${(n += 1)}` });
}

describe('store-memory', () => {
  test('stores, with tags as a sorted set', () => {
    const decision = when([], 'store-memory', { content: 'tea', tags: ['b', 'a', 'b'] });
    expect(decision).toMatchObject({
      kind: 'append',
      events: [{ type: 'memory-stored', data: { id: 'new-1', content: 'tea', tags: ['a', 'b'], type: null } }],
      result: { id: 'new-1', created: true, version: 1 },
    });
  });

  test('answers with the memory that has the same content but for white space', () => {
    const decision = when([stored('m1', 'green tea')], 'store-memory', { content: '  green \n tea ' });
    expect(decision).toEqual({ kind: 'quiet', result: { id: 'm1', created: false, version: 1 } });
  });

  test('tells what was given with content that is there, and is otherwise there', () => {
    const history = [stored('m1', 'tea', { tags: ['hot', 'drink'], expires_at: LATER })];
    const notApplied = (given: object) => {
      const decision = when(history, 'store-memory', { content: 'tea', ...given });
      return decision.kind === 'quiet' && (decision.result as { not_applied?: string[] }).not_applied;
    };
    expect(notApplied({ type: 'fact', tags: ['hot', 'cold'], metadata: { a: 1 }, expires_at: NOW_AND_A_DAY })).toEqual([
      'type',
      'tags',
      'metadata',
      'expires_at',
    ]);
    expect(notApplied({ tags: ['hot'], metadata: {}, expires_at: LATER })).toBeUndefined();
  });

  test('stores again what differs in case, was deleted or has expired', () => {
    const deleted: Dated = [EARLIER, { type: 'memories-deleted', data: { ids: ['m1'] } }];
    for (const [history, content] of [
      [[stored('m1', 'todo')], 'TODO'],
      [[stored('m1', 'todo'), deleted], 'todo'],
      [[stored('m1', 'todo', { expires_at: NOW })], 'todo'],
    ] as const)
      expect(when(history, 'store-memory', { content })).toMatchObject({ kind: 'append' });
  });

  test('refuses an expiry in the past and names the field', () => {
    const decision = when([], 'store-memory', { content: 'x', expires_at: EARLIER });
    expect(decision).toMatchObject({ kind: 'rejected', error: { field: 'expires_at' } });
  });
});

describe('store-memories', () => {
  test('gives every item its own outcome, in one commit', () => {
    const decision = when([stored('m1', 'old')], 'store-memories', {
      items: [
        { index: 0, memory: { content: 'a' } },
        { index: 2, memory: { content: 'old' } },
        { index: 5, memory: { content: ' a ', tags: ['late'] } },
        { index: 6, memory: { content: 'late', expires_at: EARLIER } },
      ],
    });
    expect(decision).toMatchObject({
      kind: 'append',
      events: [{ data: { id: 'new-1' } }],
      result: {
        results: [
          { index: 0, id: 'new-1', created: true },
          { index: 2, id: 'm1', created: false },
          { index: 5, id: 'new-1', created: false, not_applied: ['tags'] },
          { index: 6, error: { code: 'MEMLANE_ERR_INVALID_INPUT' } },
        ],
      },
    });
  });

  test('stays quiet when everything is there already', () => {
    const decision = when([stored('m1', 'old')], 'store-memories', {
      items: [{ index: 0, memory: { content: 'old' } }],
    });
    expect(decision).toEqual({ kind: 'quiet', result: { results: [{ index: 0, id: 'm1', created: false }] } });
  });
});

describe('update-memory', () => {
  test('records only what changes, as the next version', () => {
    const decision = when([stored('m1', 'old', { tags: ['t'] })], 'update-memory', {
      id: 'm1',
      content: 'new',
      tags: ['t'],
      type: null,
    });
    expect(decision).toEqual({
      kind: 'append',
      events: [
        {
          type: 'memory-updated',
          data: { id: 'm1', version: 2, changes: { content: 'new', content_hash: hashContent('new') } },
        },
      ],
      result: { id: 'm1', version: 2 },
    });
  });

  test('stays quiet when nothing changes', () => {
    const decision = when([stored('m1', 'old')], 'update-memory', { id: 'm1', content: ' old ', metadata: {} });
    expect(decision).toEqual({ kind: 'quiet', result: { id: 'm1', version: 1 } });
  });

  test('refuses a stale version and names the current one', () => {
    const decision = when([stored('m1', 'old')], 'update-memory', { id: 'm1', content: 'x', expected_version: 7 });
    expect(decision).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_VERSION_CONFLICT', details: { current_version: 1 } },
    });
  });

  test('refuses content that another memory has', () => {
    const history = [stored('m1', 'one'), stored('m2', 'two')];
    expect(when(history, 'update-memory', { id: 'm2', content: 'one' })).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_DUPLICATE_CONTENT', details: { id: 'm1' } },
    });
  });

  test.each([
    ['unknown', []],
    ['expired', [stored('m1', 'x', { expires_at: NOW })]],
  ])('refuses an %s memory', (_, history) => {
    const decision = when(history, 'update-memory', { id: 'm1', content: 'y' });
    expect(decision).toMatchObject({ kind: 'rejected', error: { code: 'MEMLANE_ERR_NOT_FOUND' } });
  });

  test('a new expiry counts from now on', () => {
    const decision = when([stored('m1', 'x')], 'update-memory', { id: 'm1', expires_at: LATER });
    expect(decision).toMatchObject({ events: [{ data: { changes: { expires_at: LATER } } }] });
  });
});

describe('delete-memories', () => {
  const history = [
    stored('m1', 'a', { tags: ['x'] }),
    stored('m2', 'b', { tags: ['x', 'y'] }),
    stored('m3', 'c', { expires_at: NOW, tags: ['x'] }),
  ];

  test('deletes what all conditions match, but not what has expired', () => {
    const result = { deleted: 2, ids: ['m1', 'm2'], dry_run: false };
    expect(when(history, 'delete-memories', { tags: ['x'], before: NOW })).toEqual({
      kind: 'append',
      events: [{ type: 'memories-deleted', data: { ids: ['m1', 'm2'] } }],
      result,
    });
    expect(when(history, 'delete-memories', { tags: ['x', 'y'], tags_match: 'all' })).toMatchObject({
      result: { ids: ['m2'] },
    });
    expect(when(history, 'delete-memories', { ids: ['m1', 'nope', 'm1'] })).toMatchObject({ result: { ids: ['m1'] } });
  });

  test('a dry run answers the same and changes nothing', () => {
    const decision = when(history, 'delete-memories', { tags: ['x'], dry_run: true });
    expect(decision).toEqual({ kind: 'quiet', result: { deleted: 2, ids: ['m1', 'm2'], dry_run: true } });
  });

  test('stays quiet when nothing matches', () => {
    expect(when(history, 'delete-memories', { after: LATER })).toMatchObject({ kind: 'quiet', result: { deleted: 0 } });
  });

  test('refuses an empty filter', () => {
    expect(when(history, 'delete-memories', { dry_run: true })).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_EMPTY_FILTER' },
    });
  });

  test('refuses to delete more than the limit', () => {
    const many = Array.from({ length: limit('deletes_per_call') + 1 }, (_, n) =>
      stored(`m${n}`, `c${n}`, { tags: ['x'] }),
    );
    expect(when(many, 'delete-memories', { tags: ['x'] })).toMatchObject({
      error: { code: 'MEMLANE_ERR_TOO_MANY_MATCHES', limit: limit('deletes_per_call') },
    });
  });
});

test('an event that is applied twice changes nothing more', () => {
  const update = (version: number): MemoryEvent => ({
    type: 'memory-updated',
    data: { id: 'm1', version, changes: { tags: [`v${version}`] } },
  });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 2, max: 5 }), { maxLength: 12 }), (versions) => {
      const [at, first] = stored('m1', 'x');
      let facts = evolve(undefined, first, at);
      for (const version of versions) {
        const once = evolve(facts, update(version), at);
        expect(evolve(once, update(version), at)).toEqual(once);
        facts = once;
      }
      expect(facts?.version).toBe(Math.max(1, ...versions));
    }),
  );
});
