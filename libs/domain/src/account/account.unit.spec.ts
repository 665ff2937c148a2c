import {
  limit,
  type AccountCommandType,
  type AccountEvent,
  type CommandPayload,
  type KeySecret,
} from '@memlane/contracts';
import { describe, expect, test } from 'vitest';
import { decide } from '../decide.js';
import type { Decision } from '../decision.js';
import { factsWith } from '../facts.fixture.js';
import { evolveAccount, type Account } from './evolve.js';
import { isKeyExpired, secretsAt, type AccountFactsReader } from './state.js';

const NOW = '2026-05-03T12:00:00.000Z';
const IN_A_MINUTE = '2026-05-03T12:01:00.000Z';
const LATER = '2026-06-01T00:00:00.000Z';
const EARLIER = '2026-01-01T00:00:00.000Z';

const accountCreated: AccountEvent = { type: 'account-created', data: {} };
const revoked = (id: string): AccountEvent => ({ type: 'key-revoked', data: { id } });
const rotated = (id: string, prefix: string, until: string | null): AccountEvent => ({
  type: 'key-rotated',
  data: { id, secret: secretOf(prefix), previous_until: until },
});
const created = (id: string, expires: string | null = null): AccountEvent => ({
  type: 'key-created',
  data: { id, name: 'laptop', scopes: ['memory:read'], expires_at: expires, secret: secretOf(id) },
});

function secretOf(prefix: string): KeySecret {
  return { kind: 'scrypt', prefix, n: 2, r: 1, p: 1, salt: 's', hash: `hash of ${prefix}` };
}

function accountAfter(history: readonly AccountEvent[]): Account {
  return history.reduce<Account>((account, event) => evolveAccount(account, event, EARLIER), new Map());
}

function factsAfter(history: readonly AccountEvent[]): AccountFactsReader {
  const account = accountAfter(history);
  return {
    exists: () => history.length > 0,
    key: (id) => account.get(id),
    countKeys: (now) => [...account.values()].filter((key) => !isKeyExpired(key, now)).length,
  };
}

function when<T extends AccountCommandType>(
  history: readonly AccountEvent[],
  type: T,
  payload: CommandPayload<T>,
): Decision<unknown> {
  const facts = factsWith({ account: factsAfter(history) });
  return decide(facts, { type, payload }, { now: NOW, newId: () => 'new' });
}

const newKey: CommandPayload<'create-key'> = {
  id: 'k1',
  name: 'laptop',
  scopes: ['memory:read'],
  expires_at: null,
  secret: secretOf('k1'),
};

describe('create-key', () => {
  test('the first key makes the account', () => {
    expect(when([], 'create-key', newKey)).toEqual({
      kind: 'append',
      events: [accountCreated, created('k1')],
      result: { id: 'k1' },
    });
  });

  test('a further key is only a key', () => {
    expect(when([accountCreated, created('k0')], 'create-key', newKey)).toMatchObject({
      kind: 'append',
      events: [created('k1')],
    });
  });

  test('stays quiet about a key that is there', () => {
    expect(when([accountCreated, created('k1')], 'create-key', newKey)).toEqual({
      kind: 'quiet',
      result: { id: 'k1' },
    });
  });

  test('refuses the id of another key', () => {
    const decision = when([created('k1')], 'create-key', { ...newKey, secret: secretOf('other') });
    expect(decision).toMatchObject({ kind: 'rejected', error: { code: 'MEMLANE_ERR_CONFLICT', field: 'id' } });
  });

  test('refuses an expiry in the past', () => {
    expect(when([], 'create-key', { ...newKey, expires_at: NOW })).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_INVALID_INPUT', field: 'expires_at' },
    });
  });

  test('refuses the id of a team, unless it was a user before there were teams', () => {
    const decideFor = (history: readonly AccountEvent[]) =>
      decide(
        factsWith({ owner: 'team-ops', account: factsAfter(history) }),
        { type: 'create-key', payload: newKey },
        { now: NOW, newId: () => 'new' },
      );
    expect(decideFor([])).toMatchObject({ kind: 'rejected', error: { field: 'owner' } });
    expect(decideFor([accountCreated, created('k0')])).toMatchObject({ kind: 'append' });
  });

  test('refuses more keys than an account may have; those that have expired do not count', () => {
    const max = limit('keys_per_account');
    const many = Array.from({ length: max }, (_, n) => created(`many-${n}`));
    expect(when(many, 'create-key', newKey)).toMatchObject({ kind: 'rejected', error: { limit: max } });
    expect(when([...many.slice(1), created('old', NOW)], 'create-key', newKey)).toMatchObject({ kind: 'append' });
    expect(when([...many, revoked('many-1')], 'create-key', newKey)).toMatchObject({ kind: 'append' });
  });
});

describe('rotate-key', () => {
  const rotation = { id: 'k1', secret: secretOf('second'), overlap_seconds: 60 };

  test('replaces the secret; the one before works on for the overlap', () => {
    expect(when([created('k1')], 'rotate-key', rotation)).toEqual({
      kind: 'append',
      events: [rotated('k1', 'second', IN_A_MINUTE)],
      result: { id: 'k1', previous_until: IN_A_MINUTE },
    });
  });

  test('without an overlap the secret before ends at once', () => {
    expect(when([created('k1')], 'rotate-key', { ...rotation, overlap_seconds: 0 })).toMatchObject({
      events: [rotated('k1', 'second', null)],
    });
  });

  test.each([
    ['that never was', []],
    ['that was revoked', [created('k1'), revoked('k1')]],
    ['that has expired', [created('k1', NOW)]],
  ])('refuses a key %s, all with the same words', (_, history) => {
    expect(when(history, 'rotate-key', rotation)).toEqual({
      kind: 'rejected',
      error: {
        code: 'MEMLANE_ERR_NOT_FOUND',
        message: 'there is no key with this id',
        retryable: false,
        field: 'id',
      },
    });
  });
});

describe('revoke-key', () => {
  test('ends a key', () => {
    expect(when([created('k1')], 'revoke-key', { id: 'k1' })).toMatchObject({
      kind: 'append',
      events: [revoked('k1')],
    });
  });

  test('ends one that has expired, so that it is gone from lists', () => {
    expect(when([created('k1', NOW)], 'revoke-key', { id: 'k1' })).toMatchObject({ kind: 'append' });
  });

  test('refuses a key that never was or was revoked before', () => {
    for (const history of [[], [created('k1'), revoked('k1')]])
      expect(when(history, 'revoke-key', { id: 'k1' })).toMatchObject({
        kind: 'rejected',
        error: { code: 'MEMLANE_ERR_NOT_FOUND' },
      });
  });
});

describe('the secrets of a key', () => {
  const secretsAfter = (history: readonly AccountEvent[], at: string) => {
    const key = accountAfter(history).get('k1');
    return key ? secretsAt(key, at).map(({ prefix }) => prefix) : [];
  };

  test('are two during an overlap and one after it', () => {
    const history = [created('k1'), rotated('k1', 'second', IN_A_MINUTE)];
    expect(secretsAfter(history, NOW)).toEqual(['second', 'k1']);
    expect(secretsAfter(history, IN_A_MINUTE)).toEqual(['second']);
  });

  test('are never more than two: a second rotation ends the first secret', () => {
    const history = [created('k1'), rotated('k1', 'second', LATER), rotated('k1', 'third', LATER)];
    expect(secretsAfter(history, NOW)).toEqual(['third', 'second']);
  });

  test('are none once the key has expired or was revoked, overlap or not', () => {
    expect(secretsAfter([created('k1', NOW), rotated('k1', 'second', LATER)], NOW)).toEqual([]);
    expect(secretsAfter([created('k1'), rotated('k1', 'second', LATER), revoked('k1')], NOW)).toEqual([]);
  });

  test('of a key that was revoked do not come back by a rotation', () => {
    expect(secretsAfter([created('k1'), revoked('k1'), rotated('k1', 'second', LATER)], NOW)).toEqual([]);
  });
});
