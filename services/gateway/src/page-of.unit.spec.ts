import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageOf } from './page-of.js';

const named = (names: readonly string[]) => names.map((name) => ({ name }));

describe('pages', () => {
  it('hold everything once and in order, whatever their size', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9_-]{1,8}( [A-Za-z0-9_]{1,4})?$/), { maxLength: 20 });
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 7 }), (all, limit) => {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const { items, next } = pageOf(named(all), { limit, cursor });
          expect(items.length).toBeLessThanOrEqual(limit);
          seen.push(...items.map(({ name }) => name));
          cursor = next.next_cursor;
        } while (cursor !== undefined);
        expect(seen).toEqual([...all].sort((a, b) => (a < b ? -1 : 1)));
      }),
    );
  });

  it('refuse a cursor that is none', () => {
    for (const cursor of ['', '%', Buffer.from('A B C').toString('base64url')])
      expect(() => pageOf(named(['a']), { limit: 1, cursor })).toThrow('The cursor is not one of this server');
  });
});
