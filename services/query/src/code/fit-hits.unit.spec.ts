import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitHits, type ShownHit } from './fit-hits.js';

const at = { repository: 'r', commit: 'c', path: 'a.ts', language: 'typescript', score: 1 };
const shownHits: fc.Arbitrary<ShownHit[]> = fc.array(
  fc
    .record({
      lines: fc.array(fc.string({ maxLength: 80 }), { minLength: 1, maxLength: 30 }),
      around: fc.nat({ max: 5 }),
    })
    .map(({ lines, around }) => {
      const text = lines.map((line) => line.replaceAll('\n', ' ')).join('\n');
      const bare = { start_line: 10, end_line: 10 + lines.length - 1, text };
      const before = 'x\n'.repeat(around);
      return { ...at, start_line: 10 - around, end_line: bare.end_line, text: before + text, bare };
    }),
  { maxLength: 12 },
);

test('never exceeds the bound, keeps the order, and says what it left out when it left something out', () => {
  fc.assert(
    fc.property(shownHits, fc.integer({ min: 50, max: 4_000 }), (shown, max) => {
      const { hits, leftOut } = fitHits(shown, max);
      expect(hits.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(max);
      expect(hits.length).toBeLessThanOrEqual(shown.length);
      const all = shown.map(({ bare: _, ...hit }) => hit);
      expect(leftOut === undefined).toBe(JSON.stringify(hits) === JSON.stringify(all));
      for (const [i, { text, start_line, end_line }] of hits.entries()) {
        expect(shown[i]?.text).toContain(text);
        expect(end_line - start_line + 1).toBe(text.split('\n').length);
      }
    }),
  );
});

test('leaves out the lines around first, then all but the first lines of the last hits', () => {
  const lines = Array.from({ length: 10 }, (_, n) => `line ${n}`).join('\n');
  const bare = { start_line: 5, end_line: 14, text: lines };
  const shown = Array.from({ length: 3 }, () => ({
    ...at,
    start_line: 4,
    end_line: 14,
    text: `before\n${lines}`,
    bare,
  }));
  expect(fitHits(shown, 1_000).leftOut).toBeUndefined();
  expect(fitHits(shown, 210)).toMatchObject({
    hits: [bare, bare, bare],
    leftOut: expect.stringContaining('around') as string,
  });
  const cut = fitHits(shown, 150);
  expect(cut.hits.map(({ text }) => text.split('\n').length)).toEqual([10, 3, 3]);
  expect(cut.leftOut).toContain('all but the first lines of 2 hits');
});
