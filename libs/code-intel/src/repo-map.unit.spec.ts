import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens, renderRepoMap, type MapSymbol } from './repo-map.js';

function symbol(name: string, line: number, more: Partial<MapSymbol> = {}): MapSymbol {
  return {
    ...{ name, kind: 'function', signature: `function ${name}()`, startLine: line, exported: true, used: 0 },
    ...more,
  };
}

const files = [
  { path: 'src/a.ts', symbols: [symbol('start', 3), symbol('hidden', 9, { exported: false })] },
  {
    path: 'src/b.ts',
    symbols: [
      symbol('Store', 1, { kind: 'class', signature: 'class Store' }),
      symbol('get', 2, { container: 'Store', signature: 'get(key)' }),
    ],
  },
];
const ranks = new Map([
  ['src/a.ts', 0.2],
  ['src/b.ts', 0.8],
]);

describe('renderRepoMap', () => {
  it('shows files by importance, with their definitions in the order of the file', () => {
    const map = renderRepoMap({ files, ranks, maxTokens: 1_000 });
    expect(map.text).toBe(
      ['src/b.ts', '1: class Store', '2:   get(key)', 'src/a.ts', '3: function start()', '9: function hidden()'].join(
        '\n',
      ),
    );
    expect(map).toMatchObject({ files: 2, symbols: 4 });
  });

  it('shows what is in focus first', () => {
    expect(renderRepoMap({ files, ranks, focus: ['start'], maxTokens: 10 }).text).toBe('src/a.ts\n3: function start()');
    expect(renderRepoMap({ files, ranks, focus: ['src/a.ts'], maxTokens: 10 }).text).toMatch(/^src\/a\.ts/u);
  });

  it('never takes more than the budget, and shows no less with a larger one', () => {
    fc.assert(
      fc.property(fc.nat(80), fc.nat(80), (one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map((maxTokens) =>
          renderRepoMap({ files, ranks, maxTokens }),
        );
        expect(less?.tokens).toBeLessThanOrEqual(Math.min(one, other));
        expect(more?.symbols).toBeGreaterThanOrEqual(less?.symbols ?? 0);
      }),
    );
  });

  it('fits the budget and is the same again, whatever the files, the focus and the budget are', () => {
    const anyText = fc.string({ unit: 'grapheme', maxLength: 300 });
    const anySymbol = fc
      .record({ name: anyText, signature: anyText, startLine: fc.nat(9_999), exported: fc.boolean(), used: fc.nat(9) })
      .map((one): MapSymbol => ({ kind: 'function', ...one }));
    const anyFiles = fc.uniqueArray(fc.record({ path: anyText, symbols: fc.array(anySymbol, { maxLength: 12 }) }), {
      selector: ({ path }) => path,
      maxLength: 8,
    });
    fc.assert(
      fc.property(anyFiles, fc.array(anyText, { maxLength: 3 }), fc.nat(2_000), (some, focus, maxTokens) => {
        const equal = new Map(some.map(({ path }) => [path, 1 / some.length]));
        const map = renderRepoMap({ files: some, ranks: equal, focus, maxTokens });
        expect(map.tokens).toBeLessThanOrEqual(maxTokens);
        expect(estimateTokens(map.text)).toBe(map.tokens);
        expect(renderRepoMap({ files: some.toReversed(), ranks: equal, focus, maxTokens })).toEqual(map);
      }),
    );
  });

  it('shows first what shares a word with the focus', () => {
    const parsing = [{ path: 'src/c.ts', symbols: [symbol('open', 1), symbol('parseHttpToken', 5)] }];
    const alone = new Map([['src/c.ts', 1]]);
    const map = renderRepoMap({ files: parsing, ranks: alone, focus: ['token'], maxTokens: 14 });
    expect(map.text).toBe('src/c.ts\n5: function parseHttpToken()');
  });

  it('has nothing to show of an empty repository', () => {
    expect(renderRepoMap({ files: [], ranks: new Map(), maxTokens: 100 })).toEqual({
      text: '',
      files: 0,
      symbols: 0,
      tokens: 0,
    });
  });
});
