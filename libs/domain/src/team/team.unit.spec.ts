import { limit, type CommandPayload, type TeamCommandType, type TeamEvent } from '@memlane/contracts';
import { describe, expect, test } from 'vitest';
import { decide, type OwnerFacts } from '../decide.js';
import type { Decision } from '../decision.js';
import { factsWith } from '../facts.fixture.js';
import { evolveTeam } from './evolve.js';

const created: TeamEvent = { type: 'team-created', data: {} };
const added = (member: string): TeamEvent => ({ type: 'team-member-added', data: { member } });
const removed = (member: string): TeamEvent => ({ type: 'team-member-removed', data: { member } });

function membersAfter(history: readonly TeamEvent[]): ReadonlySet<string> {
  return history.reduce<ReadonlySet<string>>(evolveTeam, new Set());
}

function when<T extends TeamCommandType>(
  history: readonly TeamEvent[],
  type: T,
  payload: CommandPayload<T>,
  given: Partial<OwnerFacts> = {},
): Decision<unknown> {
  const members = membersAfter(history);
  const team = {
    exists: () => history.length > 0,
    isMember: (user: string) => members.has(user),
    countMembers: () => members.size,
  };
  const facts = factsWith({ owner: 'team-ops', team, ...given });
  return decide(facts, { type, payload }, { now: '2026-05-03T12:00:00.000Z', newId: () => 'new' });
}

const noSuchTeam = {
  kind: 'rejected',
  error: { code: 'MEMLANE_ERR_NOT_FOUND', message: 'team: there is no such team', retryable: false, field: 'team' },
};

describe('create-team', () => {
  test('makes a team', () => {
    expect(when([], 'create-team', {})).toEqual({
      kind: 'append',
      events: [created],
      result: { team: 'team-ops', created: true },
    });
  });

  test('stays quiet about one that is there, and leaves its members', () => {
    expect(when([created, added('bob')], 'create-team', {})).toEqual({
      kind: 'quiet',
      result: { team: 'team-ops', created: false },
    });
  });

  test('refuses the id of a user, one that is older than teams too', () => {
    const account = { exists: () => true, key: () => undefined, countKeys: () => 1 };
    for (const given of [{ owner: 'ann' }, { account }])
      expect(when([], 'create-team', {}, given)).toMatchObject({ kind: 'rejected', error: { field: 'team' } });
  });
});

describe('add-team-member', () => {
  test('adds a user', () => {
    expect(when([created], 'add-team-member', { member: 'bob' })).toEqual({
      kind: 'append',
      events: [added('bob')],
      result: { team: 'team-ops', member: 'bob', changed: true },
    });
  });

  test('adds one again who was taken out', () => {
    const history = [created, added('bob'), removed('bob')];
    expect(when(history, 'add-team-member', { member: 'bob' })).toMatchObject({ kind: 'append' });
  });

  test('stays quiet about a member', () => {
    expect(when([created, added('bob')], 'add-team-member', { member: 'bob' })).toEqual({
      kind: 'quiet',
      result: { team: 'team-ops', member: 'bob', changed: false },
    });
  });

  test('refuses a team that is not there, and a team as a member', () => {
    expect(when([], 'add-team-member', { member: 'bob' })).toEqual(noSuchTeam);
    expect(when([created], 'add-team-member', { member: 'team-dev' })).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_INVALID_INPUT', field: 'member' },
    });
  });

  test('refuses more members than the limit', () => {
    const max = limit('members_per_team');
    const history = [created, ...Array.from({ length: max }, (_, n) => added(`user-${n}`))];
    expect(when(history, 'add-team-member', { member: 'bob' })).toMatchObject({
      kind: 'rejected',
      error: { field: 'member', limit: max },
    });
    expect(when([...history, removed('user-3')], 'add-team-member', { member: 'bob' })).toMatchObject({
      kind: 'append',
    });
  });
});

describe('remove-team-member', () => {
  test('takes a user out', () => {
    expect(when([created, added('bob'), added('cat')], 'remove-team-member', { member: 'bob' })).toEqual({
      kind: 'append',
      events: [removed('bob')],
      result: { team: 'team-ops', member: 'bob', changed: true },
    });
  });

  test('stays quiet about somebody who is not in it', () => {
    expect(when([created, added('cat')], 'remove-team-member', { member: 'bob' })).toMatchObject({
      kind: 'quiet',
      result: { changed: false },
    });
  });

  test('refuses a team that is not there', () => {
    expect(when([], 'remove-team-member', { member: 'bob' })).toEqual(noSuchTeam);
  });
});
