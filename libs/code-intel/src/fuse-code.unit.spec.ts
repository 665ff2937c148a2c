import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuseCode, type CodeCandidate } from './fuse-code.js';

type Candidate = CodeCandidate<number>;

const none = { text: [], vectors: [], symbols: [] };

function candidate(key: number, path = `f${key}.ts`, defines: string[] = []): Candidate {
  return { key, path, defines };
}

function order(
  query: string,
  legs: Partial<Record<'text' | 'vectors' | 'symbols', number[]>>,
  candidates: Candidate[],
): number[] {
  return fuseCode({ query, legs: { ...none, ...legs }, candidates }).map(({ key }) => key);
}

describe('fuseCode', () => {
  it('puts what both legs found before what one found', () => {
    const candidates = [candidate(1), candidate(2), candidate(3)];
    expect(order('how is it parsed', { text: [1, 2], vectors: [2, 3] }, candidates)[0]).toBe(2);
  });

  it('puts the definition of a name first, the file of its name before others', () => {
    const candidates = [candidate(1), candidate(2, 'b.ts', ['ZodType']), candidate(3, 'zod-type.ts', ['ZodType'])];
    expect(order('ZodType', { text: [1, 2, 3], symbols: [2, 3] }, candidates)).toEqual([3, 2, 1]);
  });

  it('lifts a file whose path has the words of the query', () => {
    const candidates = [candidate(1, 'src/a.ts'), candidate(2, 'src/retry-policy.ts')];
    expect(order('where is the retry policy decided', { text: [1, 2] }, candidates)).toEqual([2, 1]);
  });

  it('puts tests behind, unless the query asks for them', () => {
    const candidates = [candidate(1, 'a.test.ts'), candidate(2, 'a.ts')];
    expect(order('how is it parsed', { text: [1, 2] }, candidates)).toEqual([2, 1]);
    expect(order('tests of how it is parsed', { text: [1, 2] }, candidates)).toEqual([1, 2]);
  });

  it('lets another file come before the second chunk of the same one', () => {
    const candidates = [candidate(1, 'a.ts'), candidate(2, 'a.ts'), candidate(3, 'b.ts')];
    expect(order('how is it parsed', { text: [1, 2, 3] }, candidates)).toEqual([1, 3, 2]);
    const apart = [candidate(1, 'a.ts'), { ...candidate(2, 'a.ts'), repository: 'other' }, candidate(3, 'b.ts')];
    expect(order('how is it parsed', { text: [1, 2, 3] }, apart)).toEqual([1, 2, 3]);
  });

  it('puts what much depends on before its equal, unless code of any kind is asked for', () => {
    const candidates = [
      { ...candidate(1), rank: 0.1 },
      { ...candidate(2), rank: 0.9 },
    ];
    expect(order('where is it parsed', { text: [1, 2] }, candidates)).toEqual([2, 1]);
    expect(order('python parse a date', { text: [1, 2] }, candidates)).toEqual([1, 2]);
  });

  it('goes by the nearest chunk alone where no word leads to anything', () => {
    const large = [2, 3, 4, 5, 6].map((key) => ({ ...candidate(key, 'large.ts'), rank: 0.9 }));
    const found = { vectors: [1, 2, 3, 4, 5, 6] };
    expect(order('winter sleeping animals', found, [candidate(1), ...large])[0]).toBe(1);
    expect(order('winter sleeping animals', { ...found, text: [2] }, [candidate(1), ...large])[0]).toBe(2);
  });

  it('puts an older version behind, unless the query names it', () => {
    const candidates = [candidate(1, 'v3/parse.ts'), candidate(2, 'v4/parse.ts')];
    expect(order('how is it read', { text: [1, 2] }, candidates)).toEqual([2, 1]);
    expect(order('how is it read in v3', { text: [1, 2] }, candidates)).toEqual([1, 2]);
  });

  it('takes the name of the repository for no hint at a place in it', () => {
    const candidates = [candidate(1, 'lib/defaults.js'), candidate(2, 'lib/Axios.js')];
    const named = candidates.map((one) => ({ ...one, repository: 'axios' }));
    expect(order('axios configuration', { text: [1, 2] }, candidates)).toEqual([2, 1]);
    expect(order('axios configuration', { text: [1, 2] }, named)).toEqual([1, 2]);
  });

  it('gives every candidate once, best first, whatever the legs found', () => {
    const keys = fc.uniqueArray(fc.nat(20), { maxLength: 15 });
    fc.assert(
      fc.property(
        keys,
        keys,
        keys,
        fc.constantFrom('Name', 'how does Name.it work', 'plain words', ''),
        (text, vectors, symbols, query) => {
          const all = [...new Set([...text, ...vectors, ...symbols])].map((key) => candidate(key, `d/f${key % 4}.ts`));
          const ranked = fuseCode({ query, legs: { text, vectors, symbols }, candidates: all });
          expect(ranked.map(({ key }) => key).toSorted()).toEqual(all.map(({ key }) => key).toSorted());
          expect(ranked.map(({ score }) => score)).toEqual(ranked.map(({ score }) => score).toSorted((a, b) => b - a));
        },
      ),
    );
  });
});
