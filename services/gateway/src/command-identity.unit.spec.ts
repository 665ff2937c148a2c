import { canonicalJson } from '@memlane/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandIdOf, fingerprintOf } from './command-identity.js';

const base = { owner: 'ann', tool: 'store_memory', idempotencyKey: 'k1' };

describe('the command id', () => {
  it('is the same for every repetition with the same key', () => {
    expect(commandIdOf(base)).toBe(commandIdOf({ ...base }));
  });

  it('differs by owner, tool, space, key and part', () => {
    const ids = [
      base,
      { ...base, owner: 'bob' },
      { ...base, tool: 'update_memory' },
      { ...base, idempotencyKey: 'k2' },
      { ...base, part: 1 },
      { ...base, space: 'cat/garden' },
      { ...base, space: 'dan/garden' },
      { ...base, space: 'cat/garden\nstore_memory' },
      { ...base, idempotencyKey: '1\nk1' },
    ].map(commandIdOf);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is random without a key', () => {
    const request = { ...base, idempotencyKey: undefined };
    expect(commandIdOf(request)).not.toBe(commandIdOf(request));
  });

  it('is a safe token of a subject', () => {
    fc.assert(
      fc.property(fc.string(), (idempotencyKey) => {
        expect(commandIdOf({ ...base, idempotencyKey })).toMatch(/^[a-z0-9-]{1,64}$/);
      }),
    );
  });
});

describe('the fingerprint', () => {
  it('does not depend on the order of keys, at any depth', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (payload) => {
        const reversed = Object.fromEntries(Object.entries(payload).reverse());
        expect(fingerprintOf('t', { deep: [reversed] })).toBe(fingerprintOf('t', { deep: [payload] }));
      }),
    );
  });

  it('differs by type, payload and part', () => {
    const all = [
      fingerprintOf('a', { x: 1 }),
      fingerprintOf('b', { x: 1 }),
      fingerprintOf('a', { x: 2 }),
      fingerprintOf('a', { x: 1 }, 1),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is over JSON that says the same as the payload', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
