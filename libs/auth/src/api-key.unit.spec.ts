import { describe, expect, it } from 'vitest';
import { hashApiKey, looksLikeApiKey, newApiKey } from './api-key.js';
import { bearerToken } from './bearer.js';
import { allows, credentialOf, type StoredKey } from './credential.js';

const stored: StoredKey = {
  id: 'key_1',
  prefix: 'abcdefgh',
  owner: 'ann',
  name: 'laptop',
  scopes: ['memory:read'],
  created_at: '2026-01-01T00:00:00.000Z',
  expires_at: '2026-02-01T00:00:00.000Z',
};

describe('API keys', () => {
  it('have a public prefix and 256 random bits', () => {
    const { key, prefix } = newApiKey();
    expect(key).toMatch(/^mlk_[a-z0-5]{8}_[A-Za-z0-9_-]{43}$/);
    expect(key.startsWith(`mlk_${prefix}_`)).toBe(true);
    expect(looksLikeApiKey(key)).toBe(true);
    expect(newApiKey().key).not.toBe(key);
  });

  it('are found by their hash only', () => {
    const { key, hash } = newApiKey();
    expect(hash).toBe(hashApiKey(key));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hash).not.toContain(key.slice(-10));
  });

  it('are told from other texts', () => {
    for (const text of ['', 'mlk_', `mlk_abcdefgh_${'a'.repeat(42)}`, `mlk_abcdefgh_${'a'.repeat(44)}`, 'x'.repeat(56)])
      expect(looksLikeApiKey(text)).toBe(false);
  });
});

describe('the bearer header', () => {
  it('gives its token whatever the case of the scheme', () => {
    expect(bearerToken('Bearer abc')).toBe('abc');
    expect(bearerToken('bearer  abc')).toBe('abc');
  });

  it('gives nothing when it is missing, of another scheme or malformed', () => {
    for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'abc', 'Bearer a b', 'Bearer a\u00e9'])
      expect(bearerToken(header)).toBeUndefined();
  });
});

describe('a credential', () => {
  it('comes from the stored key until the key expires', () => {
    expect(credentialOf(stored, new Date('2026-01-31T23:59:59Z'))).toEqual({
      owner: 'ann',
      actor: 'key_1',
      client: 'laptop',
      scopes: ['memory:read'],
    });
    expect(credentialOf(stored, new Date('2026-02-01T00:00:00Z'))).toBeUndefined();
  });

  it('allows its scopes, and everything when it is an admin one', () => {
    const credential = { owner: 'ann', actor: 'k', client: 'c' };
    expect(allows({ ...credential, scopes: ['memory:read'] }, 'memory:read')).toBe(true);
    expect(allows({ ...credential, scopes: ['memory:read'] }, 'memory:write')).toBe(false);
    expect(allows({ ...credential, scopes: ['admin'] }, 'memory:write')).toBe(true);
  });
});
