import { errorBody } from '@memlane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, fingerprintQuery, type CursorState } from './cursor.js';

const mine = fingerprintQuery('ann', 'list-memories', { type: 'note', limit: 20 });
const state = { kind: 'newest', offset: 20, createdAt: '2026-01-01T00:00:00.000Z', source: 0, ord: 7 } as const;

const invalid = expect.objectContaining({
  body: errorBody('MEMLANE_ERR_INVALID_CURSOR', undefined, { field: 'cursor' }),
}) as Error;

describe('a cursor', () => {
  it('comes back as it was, for the same query with another page size', () => {
    const same = fingerprintQuery('ann', 'list-memories', { limit: 5, type: 'note', tags: undefined, cursor: 'x' });
    expect(decodeCursor(same, encodeCursor(mine, state), 'newest')).toEqual(state);
    expect(decodeCursor(same, undefined, 'newest')).toBeUndefined();
  });

  it.each([
    ['another owner', fingerprintQuery('bob', 'list-memories', { type: 'note' })],
    ['another query', fingerprintQuery('ann', 'search-memories', { type: 'note' })],
    ['another filter', fingerprintQuery('ann', 'list-memories', { type: 'fact' })],
  ])('is refused for %s', (_whose, fingerprint) => {
    expect(() => decodeCursor(fingerprint, encodeCursor(mine, state), 'newest')).toThrow(invalid);
  });

  it('is refused when anything in it was changed', () => {
    const cursor = encodeCursor(mine, state);
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.stringMatching(/^[\w.-]$/), (at, character) => {
        fc.pre(cursor[at] !== character);
        expect(() => decodeCursor(mine, cursor.slice(0, at) + character + cursor.slice(at + 1), 'newest')).toThrow(
          invalid,
        );
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => decodeCursor(mine, text, 'newest')).toThrow(invalid);
      }),
    );
  });

  it('is refused for another kind of pages', () => {
    expect(() => decodeCursor(mine, encodeCursor(mine, state), 'ranked')).toThrow(invalid);
  });

  it.each([
    ['a time that is none', { createdAt: {} }],
    ['a range that is none', { after: {} }],
    ['a time that does not compare as text', { createdAt: '+010000-01-01T00:00:00.000Z' }],
    ['a source before the first', { source: -5 }],
    ['a source after the last', { source: 16 }],
    ['an offset before the first', { offset: -1 }],
    ['half a place', { ord: 0.5 }],
    ['what no cursor has', { owner: 'bob' }],
  ])('that somebody made up with %s is refused', (_what, change) => {
    const forged = encodeCursor(mine, { ...state, ...change } as unknown as CursorState);
    expect(() => decodeCursor(mine, forged, 'newest')).toThrow(invalid);
  });

  it('fits the limit of a cursor', () => {
    const after = '2026-01-01T00:00:00.000Z';
    expect(encodeCursor(mine, { ...state, ord: Number.MAX_SAFE_INTEGER, after, before: after }).length).toBeLessThan(
      512,
    );
  });
});
