import { describe, expect, it } from 'vitest';
import { resolveReferences } from './resolve-references.js';
import type { CodeSymbol, Edge, FileFacts, Reference } from './types.js';

function symbol(name: string): CodeSymbol {
  return { name, kind: 'function', signature: name, startLine: 1, endLine: 1, exported: true };
}

function call(name: string, from?: number): Reference {
  return { name, kind: 'call', line: 9, ...(from === undefined ? {} : { from }) };
}

function importOf(name: string, module: string, alias?: string): Reference {
  return { name, kind: 'import', line: 1, module, ...(alias === undefined ? {} : { alias }) };
}

function file(path: string, language: string, symbols: string[], references: Reference[]): FileFacts {
  return { path, language, symbols: symbols.map(symbol), references };
}

function show(edges: readonly Edge[]): string[] {
  return edges.map(
    ({ kind, toPath, toSymbol, basis, confidence }) =>
      `${kind} ${toPath}#${toSymbol ?? ''} ${basis} ${confidence.toFixed(2)}`,
  );
}

describe('resolveReferences', () => {
  it('prefers a definition in the same file to those elsewhere', () => {
    const edges = resolveReferences([
      file('a.ts', 'typescript', ['retry', 'run'], [call('retry', 1)]),
      file('b.ts', 'typescript', ['retry'], []),
    ]);
    expect(show(edges)).toEqual(['call a.ts#0 same-file 0.95']);
    expect(edges[0]?.fromSymbol).toBe(1);
  });

  it('follows a name to the file that it is imported from, also by another name', () => {
    const edges = resolveReferences([
      file('src/a.ts', 'typescript', ['run'], [importOf('open', '../lib/store.js', 'openStore'), call('openStore', 0)]),
      file('lib/store.ts', 'typescript', ['open'], []),
      file('other/store.ts', 'typescript', ['open'], []),
    ]);
    expect(show(edges)).toEqual(['import lib/store.ts#0 imported 0.90', 'call lib/store.ts#0 imported 0.90']);
  });

  it('takes the only definition of a name in the repository', () => {
    const edges = resolveReferences([
      file('a.py', 'python', [], [call('retry')]),
      file('b.py', 'python', ['retry'], []),
    ]);
    expect(show(edges)).toEqual(['call b.py#0 unique-name 0.70']);
  });

  it('shares the confidence among several, and gives up on a name that everything has', () => {
    const many = Array.from({ length: 9 }, (_, n) => file(`m${n}.py`, 'python', ['get'], []));
    const edges = resolveReferences([
      file('a.py', 'python', [], [call('save'), call('get')]),
      file('b.py', 'python', ['save'], []),
      file('c.py', 'python', ['save'], []),
      ...many,
    ]);
    expect(show(edges)).toEqual(['call b.py#0 ambiguous 0.20', 'call c.py#0 ambiguous 0.20']);
  });

  it('keeps languages apart that do not name each other', () => {
    const edges = resolveReferences([
      file('a.ts', 'typescript', [], [call('helper')]),
      file('b.js', 'javascript', ['helper'], []),
      file('c.go', 'go', ['helper'], []),
    ]);
    expect(show(edges)).toEqual(['call b.js#0 unique-name 0.70']);
  });

  it('gives no edge to what the repository does not define', () => {
    expect(
      resolveReferences([file('a.ts', 'typescript', [], [importOf('z', 'zod'), call('z'), call('constructor')])]),
    ).toEqual([]);
  });

  it.each([
    ['python', 'pkg/a.py', importOf('Client', '.client'), 'pkg/client.py'],
    ['python', 'pkg/sub/a.py', importOf('Client', 'pkg.client'), 'pkg/client.py'],
    ['java', 'src/com/app/A.java', importOf('Store', 'com.example.Store'), 'src/com/example/Store.java'],
    ['rust', 'src/a.rs', importOf('open', 'crate::store'), 'src/store.rs'],
    ['c', 'src/a.c', importOf('buffer.h', 'buffer.h'), 'include/buffer.h'],
    ['typescript', 'src/a.ts', importOf('x', './lib'), 'src/lib/index.ts'],
    ['php', 'app/A.php', importOf('User', 'App\\Models\\User'), 'app/Models/User.php'],
    ['ruby', 'lib/a.rb', importOf('shop/cart', 'shop/cart'), 'lib/shop/cart.rb'],
  ])('finds the file of an import in %s', (language, path, reference, target) => {
    const extension = target.slice(target.lastIndexOf('.'));
    const edges = resolveReferences([
      file(path, language, [], [reference]),
      file(target, language, [], []),
      file(`elsewhere/unrelated${extension}`, language, [], []),
    ]);
    expect(edges.map(({ toPath }) => toPath)).toEqual([target]);
  });
});
