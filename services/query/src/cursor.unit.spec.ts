import { errorBody } from '@memlane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, fingerprintQuery } from './cursor.js';

const mine = fingerprintQuery('ann', 'list-memories', { type: 'note', limit: 20 });
const state = { kind: 'newest', offset: 20, createdAt: '2026-01-01T00:00:00.000Z', source: 0, ord: 7 } as const;

const invalid = expect.objectContaining({
  body: errorBody('MEMLANE_ERR_INVALID_CURSOR', undefined, { field: 'cursor' }),
}) as Error;

describe('a cursor', () => {
  it('comes back as it was, for the same query with another page size', () => {
    const same = fingerprintQuery('ann', 'list-memories', { limit: 5, type: 'note', tags: undefined, cursor: 'x' });
    expect(decodeCursor(same, encodeCursor(mine, state))).toEqual(state);
  });

  it.each([
    ['another owner', fingerprintQuery('bob', 'list-memories', { type: 'note' })],
    ['another query', fingerprintQuery('ann', 'search-memories', { type: 'note' })],
    ['another filter', fingerprintQuery('ann', 'list-memories', { type: 'fact' })],
  ])('is refused for %s', (_whose, fingerprint) => {
    expect(() => decodeCursor(fingerprint, encodeCursor(mine, state))).toThrow(invalid);
  });

  it('is refused when anything in it was changed', () => {
    const cursor = encodeCursor(mine, state);
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.stringMatching(/^[\w.-]$/), (at, character) => {
        fc.pre(cursor[at] !== character);
        expect(() => decodeCursor(mine, cursor.slice(0, at) + character + cursor.slice(at + 1))).toThrow(invalid);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => decodeCursor(mine, text)).toThrow(invalid);
      }),
    );
  });

  it('fits the limit of a cursor', () => {
    const after = '2026-01-01T00:00:00.000Z';
    expect(encodeCursor(mine, { ...state, ord: Number.MAX_SAFE_INTEGER, after, before: after }).length).toBeLessThan(
      512,
    );
  });
});
