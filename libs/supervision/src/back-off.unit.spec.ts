import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backOffMs } from './back-off.js';

test('each crash in a row waits twice as long, up to ten seconds', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8].map(backOffMs)).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
});

test('a wait is never shorter than the one before and never beyond the bound', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (crashes) => {
      expect(backOffMs(crashes + 1)).toBeGreaterThanOrEqual(backOffMs(crashes));
      expect(backOffMs(crashes)).toBeLessThanOrEqual(10_000);
    }),
  );
});
