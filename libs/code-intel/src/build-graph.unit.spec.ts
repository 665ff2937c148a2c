import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildGraph, openGraphs } from './build-graph.js';
import type { FileFacts, Mention } from './types.js';

function file(path: string, names: string[], mentions: Mention[]): FileFacts {
  const symbols = names.map((name) => ({ name, kind: 'function' as const }));
  return { path, language: 'typescript', symbols, mentions: () => mentions };
}

const call = (name: string, count = 1): Mention => ({ name, use: 'call', count });
const importOf = (name: string, module: string): Mention => ({ name, use: 'import', module, count: 1 });

const repository = [
  file('src/store.ts', ['open', 'close'], []),
  file('src/a.ts', ['run'], [importOf('open', './store.js'), call('open', 2), call('run')]),
  file('src/b.ts', [], [importOf('open', './store.js'), importOf('zod', 'zod'), call('open')]),
];

describe('buildGraph', () => {
  it('adds up by file who refers to whom, and which definitions are used from elsewhere', () => {
    const { files } = buildGraph(repository);
    expect(files.map(({ path, links }) => [path, links])).toEqual([
      // An import and two calls, each .9 sure.
      ['src/a.ts', { 'src/store.ts': 1.643 }],
      ['src/b.ts', { 'src/store.ts': 1.342 }],
      ['src/store.ts', {}],
    ]);
    expect(files[2]?.uses).toEqual({ 0: 4.5 });
    expect(files[0]?.uses).toEqual({});
  });

  it('tells which files an import means, and nothing of other repositories', () => {
    const [, b] = buildGraph(repository).files;
    expect(b?.imports).toEqual({ './store.js': ['src/store.ts'] });
  });

  it('ranks the file first that the others refer to', () => {
    const { ranks } = buildGraph(repository);
    expect(ranks.get('src/store.ts')).toBeGreaterThan(ranks.get('src/a.ts') ?? 1);
  });

  it('is the same in whatever order the files come', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(repository, { minLength: 3 }), (shuffled) => {
        expect(buildGraph(shuffled)).toEqual(buildGraph(repository));
      }),
    );
  });

  it('is empty for an empty repository', () => {
    expect(buildGraph([])).toEqual({ files: [], ranks: new Map() });
  });
});

const names = fc.constantFrom('open', 'close', 'run', 'Store');
const mentions = fc.array(
  fc.oneof(
    fc.record({
      name: names,
      use: fc.constantFrom('call' as const, 'name' as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({ name: names, use: fc.constant('call' as const), receiver: names, count: fc.constant(1) }),
    fc.record({
      name: names,
      use: fc.constant('import' as const),
      module: fc.constantFrom('./a', './b', '../lib', 'lib/a', '.', './index.js', 'lib'),
      count: fc.constant(1),
    }),
    fc.record({
      ...{ name: names, use: fc.constant('import' as const), alias: names },
      ...{ module: fc.constantFrom('./a', '../lib/index.js'), count: fc.constant(1) },
    }),
  ),
  { maxLength: 5 },
);
const paths = [
  'src/a.ts',
  'src/b.ts',
  'src/index.ts',
  'lib/a.ts',
  'lib/index.ts',
  'lib/deep/a.ts',
  'lib/deep/index.ts',
];
const kinds = fc.constantFrom('function' as const, 'class' as const, 'method' as const, 'constant' as const);
const symbols = fc.array(fc.record({ name: names, kind: kinds }), { maxLength: 3 });
const contents = fc.tuple(symbols, mentions, fc.constantFrom('typescript', 'javascript', 'python'));
/** What becomes of one path; `null`: it goes. */
const change = fc.tuple(fc.constantFrom(...paths), fc.option(contents, { freq: 6 }));

describe('graphs of a repository that changes', () => {
  it('are those that are built of its files alone', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), (commits) => {
        const build = openGraphs();
        const files = new Map<string, FileFacts>();
        for (const commit of commits) {
          for (const [path, content] of commit) {
            if (!content) files.delete(path);
            else {
              const [defined, mentioned, language] = content;
              files.set(path, { path, language, symbols: defined, mentions: () => mentioned });
            }
          }
          const graph = build([...files.values()]);
          const alone = buildGraph([...files.values()]);
          expect(graph).toEqual(alone);
          expect(JSON.stringify(graph.files)).toBe(JSON.stringify(alone.files));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('ask only files for their mentions that may mean something else', () => {
    const asked: string[] = [];
    const asking = (one: FileFacts): FileFacts => ({ ...one, mentions: () => (asked.push(one.path), one.mentions()) });
    const before = repository.map(asking);
    const build = openGraphs();
    build(before);
    asked.length = 0;
    build([...before, asking(file('src/c.ts', ['other'], [call('other')]))]);
    expect(asked).toEqual(['src/c.ts']);
  });
});
