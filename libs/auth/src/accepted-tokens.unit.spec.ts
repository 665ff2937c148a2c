import { expect, test } from 'vitest';
import { keepAcceptedTokens } from './accepted-tokens.js';
import type { Credential } from './credential.js';
import type { IssuerKeys } from './oauth-issuer.js';

const credential: Credential = { owner: 'ann', actor: 'a', client: 'c', scopes: ['memory:read'] };

function keysOf(state: { revision: number; freshUntil: number }): IssuerKeys {
  return {
    resolve: () => {
      throw new Error('not asked here');
    },
    revision: () => state.revision,
    freshUntil: () => state.freshUntil,
  };
}

test('knows a token until it expires', () => {
  const tokens = keepAcceptedTokens();
  const keys = keysOf({ revision: 1, freshUntil: 10_000 });
  tokens.keep('token', { credential, expiresAt: 5_000, keys, revision: 1 });
  expect(tokens.find('token', 4_999)).toBe(credential);
  expect(tokens.find('other', 4_999)).toBeUndefined();
  expect(tokens.find('token', 5_000)).toBeUndefined();
});

test('forgets a token when its issuer has other keys', () => {
  const tokens = keepAcceptedTokens();
  const state = { revision: 1, freshUntil: 10_000 };
  const keys = keysOf(state);
  tokens.keep('token', { credential, expiresAt: 5_000, keys, revision: 1 });
  state.revision = 2;
  expect(tokens.find('token', 0)).toBeUndefined();
});

test('has a token checked again when the keys are due to be read again', () => {
  const tokens = keepAcceptedTokens();
  const keys = keysOf({ revision: 1, freshUntil: 1_000 });
  tokens.keep('token', { credential, expiresAt: 5_000, keys, revision: 1 });
  expect(tokens.find('token', 999)).toBe(credential);
  expect(tokens.find('token', 1_000)).toBeUndefined();
});

test('does not keep a token that was checked by keys that have changed meanwhile', () => {
  const tokens = keepAcceptedTokens();
  tokens.keep('token', {
    credential,
    expiresAt: 5_000,
    keys: keysOf({ revision: 2, freshUntil: 10_000 }),
    revision: 1,
  });
  expect(tokens.find('token', 0)).toBeUndefined();
});

test('keeps as many as it may, those that were used last', () => {
  const tokens = keepAcceptedTokens(2);
  const entry = { credential, expiresAt: 5_000, keys: keysOf({ revision: 1, freshUntil: 10_000 }), revision: 1 };
  for (const token of ['one', 'two', 'three']) tokens.keep(token, entry);
  expect(['one', 'two', 'three'].map((token) => tokens.find(token, 0) !== undefined)).toEqual([false, true, true]);
});
