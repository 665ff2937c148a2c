import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareHits, nearestOf, rollUp } from './nearest.js';
import { OwnerMatrix } from './owner-matrix.js';

const breathe = () => Promise.resolve();

test('answers as comparing all does, after any changes', async () => {
  const value = fc.float({ min: -1, max: 1, noNaN: true });
  const change = fc.record({
    memory: fc.integer({ min: 0, max: 30 }),
    vectors: fc.array(fc.tuple(value, value, value), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 300 }), fc.integer({ min: 1, max: 8 }), async (changes, k) => {
      const matrix = new OwnerMatrix(3, 0);
      const truth = new Map<string, Float32Array>();
      for (const [i, { memory, vectors }] of changes.entries()) {
        const memoryId = `m${memory}`;
        const pieces = vectors.length;
        matrix.apply([
          { memoryId, rev: i + 1, pieces, mostPieces: pieces, vectors: Float32Array.from(vectors.flat()) },
        ]);
        if (pieces > 0) truth.set(memoryId, Float32Array.from(vectors.flat()));
        else truth.delete(memoryId);
      }
      const query = Float32Array.of(0.5, -0.25, 0.75);
      const expected = [...truth]
        .map(([memoryId, vectors]) => ({ memoryId, similarity: nearestOf(query, vectors, 0, vectors.length / 3) }))
        .sort(compareHits)
        .slice(0, k);
      expect(await matrix.nearest(query, k, breathe)).toEqual(expected);
      expect(matrix.rev).toBe(changes.length);
    }),
  );
});

test('keeps of each memory its nearest piece', () => {
  const hit = (memoryId: string, similarity: number) => ({ memoryId, similarity });
  expect(rollUp([hit('b', 0.5), hit('a', 0.1), hit('a', 0.9), hit('c', 0.5)], 2)).toEqual([
    hit('a', 0.9),
    hit('b', 0.5),
  ]);
});
