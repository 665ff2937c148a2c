import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuseRanks } from './fuse-ranks.js';
import { kindOfQuery, legWeights } from './leg-weights.js';

const ids = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 30 });

describe('fuseRanks', () => {
  it('puts what both legs found before what either found alone', () => {
    const fused = fuseRanks([{ id: 'a' }, { id: 'b' }], [{ id: 'b', similarity: 0.9 }], { text: 1, vectors: 1 });
    expect(fused.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(fused[0]?.legs).toEqual({ text: { rank: 2 }, vectors: { rank: 1, similarity: 0.9 } });
    expect(fused[0]?.score).toBeCloseTo(1 / 12 + 1 / 11);
  });

  it('keeps the order of the only leg that ran', () => {
    fc.assert(
      fc.property(ids, (found) => {
        const text = found.map((id) => ({ id }));
        expect(fuseRanks(text, [], legWeights.words).map(({ id }) => id)).toEqual(found);
        const vectors = found.map((id, index) => ({ id, similarity: 1 - index / 100 }));
        expect(fuseRanks([], vectors, legWeights.words).map(({ id }) => id)).toEqual(found);
      }),
    );
  });

  it('returns every hit of either leg exactly once, best first', () => {
    fc.assert(
      fc.property(ids, ids, (text, vectors) => {
        const fused = fuseRanks(
          text.map((id) => ({ id })),
          vectors.map((id) => ({ id, similarity: 0.5 })),
          legWeights.words,
        );
        expect(fused.map(({ id }) => id).toSorted()).toEqual([...new Set([...text, ...vectors])].toSorted());
        expect(fused.map(({ score }) => score)).toEqual(fused.map(({ score }) => score).toSorted((a, b) => b - a));
      }),
    );
  });
});

describe('kindOfQuery', () => {
  it.each([
    ['what did we decide about postgres', 'words'],
    ['postgres', 'words'],
    ['"exactly this"', 'quoted'],
    ['MAX_RETRIES', 'identifier'],
    ['parseTimeRange', 'identifier'],
    ['libs/search', 'identifier'],
    ['ERR-42', 'identifier'],
    ["don't", 'words'],
  ] as const)('takes %s for %s', (query, kind) => {
    expect(kindOfQuery(query)).toBe(kind);
  });
});
