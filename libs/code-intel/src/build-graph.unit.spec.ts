import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildGraph } from './build-graph.js';
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
