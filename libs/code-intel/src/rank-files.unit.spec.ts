import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankFiles } from './rank-files.js';

const names = ['a', 'b', 'c', 'd', 'e'];
const graphs = fc.array(
  fc.record({
    from: fc.constantFrom(...names, 'unknown'),
    to: fc.constantFrom(...names),
    weight: fc.double({ min: 0, max: 9, noNaN: true }),
  }),
  { maxLength: 30 },
);

describe('rankFiles', () => {
  it('puts what many refer to before who refers', () => {
    const ranks = rankFiles({
      nodes: names,
      links: ['b', 'c', 'd'].map((from) => ({ from, to: 'a', weight: 1 })),
    });
    expect([...ranks].sort((x, y) => y[1] - x[1])[0]?.[0]).toBe('a');
  });

  it('adds up to 1, whatever the graph', () => {
    fc.assert(
      fc.property(graphs, (links) => {
        const sum = [...rankFiles({ nodes: names, links }).values()].reduce((total, rank) => total + rank, 0);
        expect(sum).toBeCloseTo(1, 5);
      }),
    );
  });

  it('sees the graph from the files that it is asked from', () => {
    const graph = {
      nodes: names,
      links: [
        { from: 'a', to: 'b', weight: 1 },
        { from: 'c', to: 'd', weight: 1 },
      ],
    };
    const ranks = rankFiles(graph, { personalisation: new Map([['a', 1]]) });
    expect(ranks.get('b')).toBeGreaterThan(ranks.get('d') ?? 1);
    expect(ranks.get('d')).toBe(0);
  });

  it('ranks nothing in an empty graph', () => {
    expect(rankFiles({ nodes: [], links: [] }).size).toBe(0);
  });
});
