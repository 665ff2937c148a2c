import { keysOfModule, openModules } from './find-module.js';
import { languageFamily } from './language-family.js';
import { pathKind } from './path-kind.js';
import { groupNamesakes, type Definition, type Namesakes } from './namesakes.js';
import { collectImports, resolveImport, resolveName, type Resolution } from './resolve-name.js';
import type { FileFacts, Mention } from './types.js';

/** How often a file that only hands on what others define may do so. */
const MOST_HANDS = 3;
/** Files that an import can mean at most, with those that hand on. */
const MOST_TARGETS = 32;

/** What a name means in a file; a target without a symbol is a whole file that is imported. */
export interface Meaning extends Resolution<Pick<Definition, 'path'> & Partial<Definition>> {
  readonly mention: Mention;
}

/** What the references of one file mean. */
export interface ResolvedFile {
  readonly meanings: readonly Meaning[];
  /** Files of the repository that each module which the file imports means, in the order of the imports. */
  readonly imports: ReadonlyMap<string, readonly string[]>;
  /** Of the files that decide what is imported: `moduleKeysOf` each, and the paths of those that hand on. */
  readonly importKeys: ReadonlySet<string>;
}

/**
 * Resolves references to definitions by name and import, without types, as `resolveName` says. References to what the
 * repository does not define (libraries, the language itself) mean nothing.
 *
 * @param files of one repository
 * @returns resolves one of the files
 */
export function openResolver(files: readonly FileFacts[]): (file: FileFacts) => ResolvedFile {
  const definitions = indexDefinitions(files);
  const grouped = new Map<string, Namesakes>();
  const byPath = new Map(files.map((file) => [file.path, file]));
  const modules = openModules(byPath.keys());
  const handedOn = new Map<string, { readonly targets: readonly string[]; readonly keys: readonly string[] }>();

  function namesakes(key: string): Namesakes | undefined {
    const all = definitions.get(key);
    let known = grouped.get(key);
    if (all && !known) grouped.set(key, (known = groupNamesakes(all)));
    return known;
  }

  /** A file that only hands on (`index.ts`, `__init__.py`) stands for what it imports itself, too. */
  function follow(paths: readonly string[], keys: Set<string>, hands = 0): readonly string[] {
    if (hands === MOST_HANDS || !paths.some(isBarrel)) return paths;
    const more = paths.flatMap((path) => {
      if (!isBarrel(path)) return [];
      const barrel = readBarrel(path);
      for (const key of barrel.keys) keys.add(key);
      return follow(barrel.targets, keys, hands + 1);
    });
    return [...new Set([...paths, ...more])].slice(0, MOST_TARGETS);
  }

  function readBarrel(path: string) {
    let barrel = handedOn.get(path);
    if (!barrel) {
      const imported = [...new Set((byPath.get(path)?.mentions() ?? []).flatMap(({ module }) => module ?? []))];
      const targets = [...new Set(imported.flatMap((module) => modules.find(module, path)))];
      barrel = { targets, keys: [path, ...imported.flatMap((module) => keysOfModule(module, path))] };
      handedOn.set(path, barrel);
    }
    return barrel;
  }

  function importsOf(path: string, mentions: readonly Mention[], keys: Set<string>) {
    const imports = new Map<string, readonly string[]>();
    for (const { module } of mentions) {
      if (module === undefined || imports.has(module)) continue;
      for (const key of keysOfModule(module, path)) keys.add(key);
      imports.set(module, follow(modules.find(module, path), keys));
    }
    return imports;
  }

  return ({ path, language, mentions: read }) => {
    const mentions = read();
    const importKeys = new Set<string>();
    const imports = importsOf(path, mentions, importKeys);
    const collected = collectImports(mentions, (module) => imports.get(module) ?? []);
    const namesakesOf = (name: string) => namesakes(nameKey(language, name));
    const meanings = mentions.map((mention): Meaning => {
      const { name, use, module = '' } = mention;
      const meant =
        use === 'import'
          ? resolveImport(name, imports.get(module) ?? [], namesakesOf)
          : resolveName(path, mention, collected, namesakesOf);
      return { ...meant, mention };
    });
    return { meanings, imports, importKeys };
  };
}

function isBarrel(path: string): boolean {
  return pathKind(path) === 'barrel';
}

function indexDefinitions(files: readonly FileFacts[]): ReadonlyMap<string, readonly Definition[]> {
  const byName = new Map<string, Definition[]>();
  for (const { path, language, symbols } of files)
    for (const [symbol, { name, kind }] of symbols.entries()) {
      const key = nameKey(language, name);
      const known = byName.get(key);
      if (known) known.push({ path, symbol, kind });
      else byName.set(key, [{ path, symbol, kind }]);
    }
  return byName;
}

function nameKey(language: string, name: string): string {
  return `${languageFamily(language)} ${name}`;
}
