import type { ApiKey } from '@memlane/domain';
import { describe, expect, it } from 'vitest';
import { looksLikeApiKey, newApiKey, prefixOf } from './api-key.js';
import { bearerToken } from './bearer.js';
import { allows, credentialOf } from './credential.js';
import { matchesSecret } from './secret-hash.js';

describe('API keys', () => {
  it('have a public prefix and 256 random bits', async () => {
    const { key, secret } = await newApiKey();
    expect(key).toMatch(/^mlk_[a-z0-5]{16}_[A-Za-z0-9_-]{43}$/);
    expect(prefixOf(key)).toBe(secret.prefix);
    expect((await newApiKey()).key).not.toBe(key);
  });

  it('are kept as a salted slow hash with its parameters, and nothing of their text', async () => {
    const { key, secret } = await newApiKey();
    expect(secret).toMatchObject({ kind: 'scrypt', n: 4_096, r: 8, p: 1 });
    const secretPart = key.slice(`mlk_${secret.prefix}_`.length);
    for (let from = 0; from + 8 <= secretPart.length; from += 1)
      expect(JSON.stringify(secret)).not.toContain(secretPart.slice(from, from + 8));
  });

  it('match their own hash only', async () => {
    const [one, other] = [await newApiKey(), await newApiKey()];
    expect(await matchesSecret(one.key, one.secret)).toBe(true);
    expect(await matchesSecret(other.key, one.secret)).toBe(false);
    expect(await matchesSecret(one.key.slice(0, -1), one.secret)).toBe(false);
  });

  it('match at the cost that is recorded, also when that of new ones is another', async () => {
    // RFC 7914, §12: scrypt("password", "NaCl", 1024, 8, 16), the first 32 bytes.
    const hash = Buffer.from('fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162', 'hex');
    const secret = { kind: 'scrypt', prefix: 'p', n: 1_024, r: 8, p: 16, salt: Buffer.from('NaCl') } as const;
    const stored = { ...secret, salt: secret.salt.toString('base64url'), hash: hash.toString('base64url') };
    expect(await matchesSecret('password', stored)).toBe(true);
    expect(await matchesSecret('Password', stored)).toBe(false);
  });

  it('are told from other texts', () => {
    const secret = 'a'.repeat(43);
    for (const text of [
      '',
      'mlk_',
      `mlk_abcdefgh_${secret}a`,
      `mlk_abcdefghi_${secret}`,
      `mlk_ABCDEFGHABCDEFGH_${secret}`,
    ])
      expect(looksLikeApiKey(text)).toBe(false);
    for (const text of [`mlk_abcdefgh_${secret}`, `mlk_abcdefghabcdefgh_${secret}`])
      expect(looksLikeApiKey(text)).toBe(true);
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
  const key: ApiKey = {
    id: 'key_1',
    name: 'laptop',
    scopes: ['memory:read', 'painting'],
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-02-01T00:00:00.000Z',
    secret: { kind: 'sha256', prefix: 'abcdefgh', hash: '00' },
    previous: null,
  };

  it('comes from the key until the key expires, with the scopes that are known', () => {
    expect(credentialOf('ann', key, new Date('2026-01-31T23:59:59Z'))).toEqual({
      owner: 'ann',
      actor: 'key_1',
      client: 'laptop',
      scopes: ['memory:read'],
    });
    expect(credentialOf('ann', key, new Date('2026-02-01T00:00:00Z'))).toBeUndefined();
  });

  it('allows its scopes, and everything when it is an admin one', () => {
    const credential = { owner: 'ann', actor: 'k', client: 'c' };
    expect(allows({ ...credential, scopes: ['memory:read'] }, 'memory:read')).toBe(true);
    expect(allows({ ...credential, scopes: ['memory:read'] }, 'memory:write')).toBe(false);
    expect(allows({ ...credential, scopes: ['admin'] }, 'memory:write')).toBe(true);
  });
});
