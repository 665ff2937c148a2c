import { describe, expect, it } from 'vitest';
import { openResolver } from './resolve-references.js';
import type { FileFacts, Mention, SymbolKind } from './types.js';

function call(name: string, receiver?: string): Mention {
  return { name, use: 'call', count: 1, ...(receiver !== undefined && { receiver }) };
}

function importOf(name: string, module: string, alias?: string): Mention {
  return { name, use: 'import', module, ...(alias !== undefined && { alias }), count: 1 };
}

/** @param defined names of functions; others as `kind name` */
function file(path: string, language: string, defined: string[], mentions: Mention[]): FileFacts {
  const symbols = defined.map((one) => {
    const [name = '', kind = 'function'] = one.split(' ').toReversed();
    return { name, kind: kind as SymbolKind };
  });
  return { path, language, symbols, mentions: () => mentions };
}

/** What all that the files mention means, one line for each target. */
function resolveAll(files: readonly FileFacts[], of = files): string[] {
  const resolve = openResolver(files);
  return of
    .flatMap((one) => resolve(one).meanings)
    .flatMap(({ mention, targets, basis, confidence }) =>
      targets.map(({ path, symbol }) => `${mention.use} ${path}#${symbol ?? ''} ${basis} ${confidence.toFixed(2)}`),
    );
}

describe('resolving references', () => {
  it('prefers a definition in the same file to those elsewhere', () => {
    const edges = resolveAll([
      file('a.ts', 'typescript', ['retry', 'run'], [call('retry')]),
      file('b.ts', 'typescript', ['retry'], []),
    ]);
    expect(edges).toEqual(['call a.ts#0 same-file 0.95']);
  });

  it('follows a name to the file that it is imported from, also by another name', () => {
    const edges = resolveAll([
      file('src/a.ts', 'typescript', ['run'], [importOf('open', '../lib/store.js', 'openStore'), call('openStore')]),
      file('lib/store.ts', 'typescript', ['open'], []),
      file('other/store.ts', 'typescript', ['open'], []),
    ]);
    expect(edges).toEqual(['import lib/store.ts#0 imported 0.90', 'call lib/store.ts#0 imported 0.90']);
  });

  it('follows an import through files that only hand on what others define', () => {
    const edges = resolveAll([
      file('src/a.ts', 'typescript', [], [importOf('open', '../lib/index.js'), call('open')]),
      file('lib/index.ts', 'typescript', [], [importOf('open', './stores/index.js')]),
      file('lib/stores/index.ts', 'typescript', [], [importOf('open', './store.js')]),
      file('lib/stores/store.ts', 'typescript', ['open'], []),
      file('other/store.ts', 'typescript', ['open'], []),
    ]);
    expect(edges).toContain('call lib/stores/store.ts#0 imported 0.90');
  });

  it('takes a definition of a file that anything is imported from', () => {
    const edges = resolveAll([
      file('a.ts', 'typescript', [], [importOf('store', './lib/store.js'), call('open')]),
      file('lib/store.ts', 'typescript', ['open'], []),
      file('other/store.ts', 'typescript', ['open'], []),
    ]);
    expect(edges).toContain('call lib/store.ts#0 imported 0.90');
  });

  it('doubts that a name which is imported from elsewhere means the one of the repository', () => {
    const edges = resolveAll([
      file('lib/a.ts', 'typescript', [], [importOf('retry', 'p-retry'), call('retry')]),
      file('lib/b.ts', 'typescript', ['retry'], []),
    ]);
    expect(edges).toEqual(['call lib/b.ts#0 ambiguous 0.40']);
  });

  it('takes nothing for called that cannot be called', () => {
    const edges = resolveAll([
      file('src/a.ts', 'typescript', ['field limit', 'run'], [call('limit')]),
      file('src/b.ts', 'typescript', ['interface limit'], []),
      file('lib/limits.ts', 'typescript', ['limit'], []),
    ]);
    expect(edges).toEqual(['call lib/limits.ts#0 unique-name 0.70']);
    expect(resolveAll([file('src/a.ts', 'typescript', ['field limit'], [call('limit')])])).toEqual([]);
  });

  it('takes a value for called when nothing else of its name can be', () => {
    const edges = resolveAll([file('a.ts', 'typescript', ['constant handle'], [call('handle')])]);
    expect(edges).toEqual(['call a.ts#0 same-file 0.95']);
  });

  it('is never sure of what is called through something unknown', () => {
    const edges = resolveAll([
      file('a.ts', 'typescript', ['field max'], [call('max', 'Math'), call('open', ''), call('push', 'list')]),
      file('lib/b.ts', 'typescript', ['method open', 'max'], []),
    ]);
    expect(edges).toEqual(['call lib/b.ts#1 unknown-receiver 0.30', 'call lib/b.ts#0 unknown-receiver 0.30']);
  });

  it('finds what is called through an object itself, an imported module and a type', () => {
    const edges = resolveAll([
      file(
        'src/a.ts',
        'typescript',
        ['class Runner', 'method open'],
        [
          importOf('stores', '../lib/stores.js'),
          importOf('Store', '../lib/store.js'),
          ...[call('open', 'this'), call('open', 'stores'), call('open', 'Store'), call('open', 'Other')],
        ],
      ),
      file('lib/store.ts', 'typescript', ['class Store', 'method open'], []),
      file('lib/stores.ts', 'typescript', ['open'], []),
      file('other/other.ts', 'typescript', ['class Other', 'method open'], []),
    ]);
    expect(edges.slice(2)).toEqual([
      'call src/a.ts#1 same-file 0.95',
      'call lib/stores.ts#0 imported 0.90',
      'call lib/store.ts#1 imported 0.90',
      'call other/other.ts#1 unique-name 0.70',
    ]);
  });

  it('prefers a definition in the same folder to those elsewhere', () => {
    const edges = resolveAll([
      file('pkg/a.go', 'go', [], [call('Open')]),
      file('pkg/b.go', 'go', ['Open'], []),
      file('other/b.go', 'go', ['Open'], []),
    ]);
    expect(edges).toEqual(['call pkg/b.go#0 same-folder 0.80']);
  });

  it('takes the only definition of a name in the repository', () => {
    const edges = resolveAll([file('a.py', 'python', [], [call('retry')]), file('lib/b.py', 'python', ['retry'], [])]);
    expect(edges).toEqual(['call lib/b.py#0 unique-name 0.70']);
  });

  it('shares the confidence among several, and gives up on a name that everything has', () => {
    const many = Array.from({ length: 9 }, (_, n) => file(`lib/m${n}.py`, 'python', ['get'], []));
    const edges = resolveAll([
      file('a.py', 'python', [], [call('save'), call('get')]),
      file('lib/b.py', 'python', ['save'], []),
      file('lib/c.py', 'python', ['save'], []),
      ...many,
    ]);
    expect(edges).toEqual(['call lib/b.py#0 ambiguous 0.20', 'call lib/c.py#0 ambiguous 0.20']);
  });

  it('finds those in its own file and folder among very many of a name', () => {
    const many = Array.from({ length: 40 }, (_, n) => file(`lib/m${n}/a.py`, 'python', ['get'], [call('get')]));
    expect(resolveAll(many)).toEqual(many.map(({ path }) => `call ${path}#0 same-file 0.95`));
    const beside = file('lib/m7/b.py', 'python', [], [call('get')]);
    expect(resolveAll([...many, beside], [beside])).toEqual(['call lib/m7/a.py#0 same-folder 0.80']);
  });

  it('keeps languages apart that do not name each other', () => {
    const edges = resolveAll([
      file('a.ts', 'typescript', [], [call('helper')]),
      file('lib/b.js', 'javascript', ['helper'], []),
      file('lib/c.go', 'go', ['helper'], []),
    ]);
    expect(edges).toEqual(['call lib/b.js#0 unique-name 0.70']);
  });

  it('gives no edge to what the repository does not define', () => {
    expect(
      resolveAll([file('a.ts', 'typescript', [], [importOf('z', 'zod'), call('z'), call('constructor')])]),
    ).toEqual([]);
  });

  it.each([
    ['python', 'pkg/a.py', importOf('Client', '.client'), 'pkg/client.py'],
    ['python', 'pkg/sub/a.py', importOf('Client', 'pkg.client'), 'pkg/client.py'],
    ['java', 'src/com/app/A.java', importOf('Store', 'com.example.Store'), 'src/com/example/Store.java'],
    ['rust', 'src/a.rs', importOf('open', 'crate::store'), 'src/store.rs'],
    ['rust', 'src/a.rs', importOf('open', 'crate::store::open'), 'src/store.rs'],
    ['c', 'src/a.c', importOf('buffer.h', 'buffer.h'), 'include/buffer.h'],
    ['typescript', 'src/a.ts', importOf('x', './lib'), 'src/lib/index.ts'],
    ['php', 'app/A.php', importOf('User', 'App\\Models\\User'), 'app/Models/User.php'],
    ['ruby', 'lib/a.rb', importOf('shop/cart', 'shop/cart'), 'lib/shop/cart.rb'],
  ])('finds the file of an import in %s', (language, path, reference, target) => {
    const extension = target.slice(target.lastIndexOf('.'));
    const edges = resolveAll([
      file(path, language, [], [reference]),
      file(target, language, [], []),
      file(`elsewhere/unrelated${extension}`, language, [], []),
    ]);
    expect(edges).toEqual([`import ${target}# imported 0.90`]);
  });
});
