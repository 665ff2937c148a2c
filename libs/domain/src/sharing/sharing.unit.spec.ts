import { limit, type CommandPayload, type CommandType, type SharingEvent } from '@memlane/contracts';
import { describe, expect, test } from 'vitest';
import { decide } from '../decide.js';
import type { Decision } from '../decision.js';
import { factsWith } from '../facts.fixture.js';
import { shared, sharesAfter, unshared } from './sharing.fixture.js';

function when<T extends CommandType>(
  history: readonly SharingEvent[],
  type: T,
  payload: CommandPayload<T>,
): Decision<unknown> {
  const facts = factsWith({ owner: 'ann', sharing: sharesAfter(history) });
  return decide(facts, { type, payload }, { now: '2026-05-03T12:00:00.000Z', newId: () => 'new' });
}

describe('share-space', () => {
  test('gives access to one user', () => {
    expect(when([], 'share-space', { tag: 'garden', with: 'bob', access: 'read' })).toEqual({
      kind: 'append',
      events: [shared('garden', 'bob', 'read')],
      result: { space: 'ann/garden', with: 'bob', access: 'read', changed: true },
    });
  });

  test('replaces the access that was given before', () => {
    const decision = when([shared('garden', 'bob', 'write')], 'share-space', {
      tag: 'garden',
      with: 'bob',
      access: 'read',
    });
    expect(decision).toMatchObject({ kind: 'append', events: [shared('garden', 'bob', 'read')] });
  });

  test('stays quiet when it is shared so already', () => {
    const decision = when([shared('garden', 'bob')], 'share-space', { tag: 'garden', with: 'bob', access: 'read' });
    expect(decision).toEqual({
      kind: 'quiet',
      result: { space: 'ann/garden', with: 'bob', access: 'read', changed: false },
    });
  });

  test('shares again what was taken back', () => {
    const history = [shared('garden', 'bob'), unshared('garden', 'bob')];
    expect(when(history, 'share-space', { tag: 'garden', with: 'bob', access: 'read' })).toMatchObject({
      kind: 'append',
    });
  });

  test('refuses to share with oneself', () => {
    expect(when([], 'share-space', { tag: 'garden', with: 'ann', access: 'read' })).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_INVALID_INPUT', field: 'with' },
    });
  });

  test('refuses more shares than the limit, but still changes one that is there', () => {
    const max = limit('shares_per_user');
    const history = Array.from({ length: max }, (_, n) => shared('garden', `user-${n}`));
    expect(when(history, 'share-space', { tag: 'garden', with: 'bob', access: 'read' })).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_TOO_MANY_SHARES', limit: max },
    });
    expect(when(history, 'share-space', { tag: 'garden', with: 'user-7', access: 'write' })).toMatchObject({
      kind: 'append',
    });
  });
});

describe('unshare-space', () => {
  const history = [shared('garden', 'bob', 'write'), shared('garden', 'team-ops'), shared('kitchen', 'bob')];

  test('takes a space from one user', () => {
    expect(when(history, 'unshare-space', { tag: 'garden', with: 'bob' })).toEqual({
      kind: 'append',
      events: [unshared('garden', 'bob')],
      result: { space: 'ann/garden', removed: ['bob'] },
    });
  });

  test('takes a space from everybody, and leaves other spaces alone', () => {
    expect(when(history, 'unshare-space', { tag: 'garden' })).toMatchObject({
      kind: 'append',
      events: [unshared('garden', 'bob'), unshared('garden', 'team-ops')],
      result: { removed: ['bob', 'team-ops'] },
    });
  });

  test.each([
    ['somebody who does not have it', { tag: 'garden', with: 'eve' }],
    ['everybody when nobody has it', { tag: 'attic' }],
  ])('stays quiet about %s', (_, payload) => {
    expect(when(history, 'unshare-space', payload)).toEqual({
      kind: 'quiet',
      result: { space: `ann/${payload.tag}`, removed: [] },
    });
  });
});
