import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitIntoWindows } from './pieces.js';

const bounds = { window: 10, overlap: 3, maxPieces: 1_000 };
const one = () => 1;

test('keeps a text that fits as it is', () => {
  expect(splitIntoWindows('  a few words ', one, bounds)).toEqual(['  a few words ']);
  expect(splitIntoWindows('', one, bounds)).toEqual(['']);
});

test('overlaps neighbouring pieces', () => {
  const text = Array.from({ length: 24 }, (_, i) => `w${i}`).join(' ');
  expect(splitIntoWindows(text, one, bounds)).toEqual([
    'w0 w1 w2 w3 w4 w5 w6 w7 w8 w9',
    'w7 w8 w9 w10 w11 w12 w13 w14 w15 w16',
    'w14 w15 w16 w17 w18 w19 w20 w21 w22 w23',
  ]);
});

test('cuts text without spaces and never inside a character', () => {
  const pieces = splitIntoWindows('記憶😀'.repeat(2_000), (word) => Array.from(word).length, {
    ...bounds,
    window: 100,
  });
  expect(pieces.length).toBeGreaterThan(10);
  expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
});

test('never makes more pieces than allowed', () => {
  expect(splitIntoWindows('a '.repeat(10_000), one, { ...bounds, maxPieces: 7 })).toHaveLength(7);
});

test('covers every word, each piece within its window', () => {
  const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'é', '記', '.') });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 120 }), (words) => {
      const numbered = words.map((text, i) => `${i}${text}`);
      const count = (text: string) => (text.length % 3) + 1;
      const pieces = splitIntoWindows(numbered.join(' '), count, bounds);
      const kept = pieces.flatMap((piece) => piece.split(' ').filter((part) => part !== ''));
      expect([...new Set(kept)]).toEqual(numbered);
      for (const piece of pieces) {
        const tokens = piece.split(' ').reduce((sum, part) => sum + (part === '' ? 0 : count(part)), 0);
        expect(tokens).toBeLessThanOrEqual(bounds.window);
      }
    }),
  );
});
