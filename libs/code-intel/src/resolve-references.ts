import type { Edge, FileFacts, ResolutionBasis } from './types.js';

/** How likely a reference means the definition that it resolves to, by why it does. Of several candidates each has its part. */
const confidenceOf: Readonly<Record<ResolutionBasis, number>> = {
  'same-file': 0.95,
  imported: 0.9,
  'unique-name': 0.7,
  ambiguous: 0.4,
};

/** A name with more definitions than this tells nothing (`get`, `toString`). */
const MOST_CANDIDATES = 8;

interface Definition {
  readonly path: string;
  readonly symbol: number;
}

interface Target {
  readonly path: string;
  readonly symbol?: number;
}

/** Languages whose files name each other's definitions freely. */
const families: readonly (readonly string[])[] = [
  ['javascript', 'typescript', 'tsx'],
  ['c', 'cpp'],
  ['java', 'kotlin', 'scala'],
  ['css', 'scss'],
];
const familyOf = new Map(families.flatMap((family) => family.map((language) => [language, family[0] ?? language])));

/**
 * Resolves references to definitions by name and import, without types. In this order: a definition in the same file; in
 * a file that the name is imported from; the only one of that name in the repository; several, of which each is as likely.
 * References to what the repository does not define (libraries, the language itself) give no edge.
 */
export function resolveReferences(files: readonly FileFacts[]): Edge[] {
  const byName = indexDefinitions(files);
  const modules = indexModules(files);
  return files.flatMap((file) => resolveFile(file, byName, modules));
}

/** `family name` → its definitions. */
type DefinitionIndex = ReadonlyMap<string, readonly Definition[]>;

/** Last part of a path without its ending → paths that it may mean. */
type ModuleIndex = ReadonlyMap<string, readonly string[]>;

function indexDefinitions(files: readonly FileFacts[]): DefinitionIndex {
  const byName = new Map<string, Definition[]>();
  for (const { path, language, symbols } of files) {
    for (const [symbol, { name }] of symbols.entries()) {
      const key = nameKey(language, name);
      const known = byName.get(key);
      if (known) known.push({ path, symbol });
      else byName.set(key, [{ path, symbol }]);
    }
  }
  return byName;
}

function indexModules(files: readonly FileFacts[]): ModuleIndex {
  const modules = new Map<string, string[]>();
  const add = (key: string, path: string) => {
    const known = modules.get(key);
    if (known) known.push(path);
    else modules.set(key, [path]);
  };
  for (const { path } of files) {
    const parts = path.split('/');
    const stem = stemOf(parts.at(-1) ?? '');
    add(stem, path);
    // A folder is a module through its index file; a Go package is every file of its folder.
    const folder = parts.at(-2);
    if (folder !== undefined) add(folder, path);
  }
  return modules;
}

function resolveFile(file: FileFacts, byName: DefinitionIndex, modules: ModuleIndex): Edge[] {
  const imported = new Map<string, readonly string[]>();
  const namesOf = new Map<string, string>();
  const targetsOfModule = new Map<string, readonly string[]>();
  for (const { kind, name, module, alias } of file.references) {
    if (kind !== 'import' || module === undefined) continue;
    const paths = targetsOfModule.get(module) ?? findModule(module, file, modules);
    targetsOfModule.set(module, paths);
    if (paths.length > 0) imported.set(alias ?? name, paths);
    if (alias !== undefined) namesOf.set(alias, name);
  }
  const importedFiles = new Set([...targetsOfModule.values()].flat());
  return file.references.flatMap(({ name, kind, line, from, module }) => {
    const meant = namesOf.get(name) ?? name;
    const { targets, basis } =
      kind === 'import'
        ? resolveImport(file, meant, targetsOfModule.get(module ?? '') ?? [], byName)
        : resolveName(file, meant, imported.get(name) ?? [], importedFiles, byName);
    return targets.map((target) => ({
      fromPath: file.path,
      ...(from === undefined ? {} : { fromSymbol: from }),
      toPath: target.path,
      ...(target.symbol === undefined ? {} : { toSymbol: target.symbol }),
      kind,
      line,
      basis,
      confidence: confidenceOf[basis] / targets.length,
    }));
  });
}

interface Resolution {
  readonly targets: readonly Target[];
  readonly basis: ResolutionBasis;
}

function resolveImport(file: FileFacts, name: string, paths: readonly string[], byName: DefinitionIndex): Resolution {
  if (paths.length === 0) return { targets: [], basis: 'imported' };
  const inside = (byName.get(nameKey(file.language, name)) ?? []).filter(({ path }) => paths.includes(path));
  const targets: readonly Target[] = inside.length > 0 ? inside : paths.map((path) => ({ path }));
  return { targets: targets.slice(0, MOST_CANDIDATES), basis: 'imported' };
}

function resolveName(
  file: FileFacts,
  name: string,
  named: readonly string[],
  importedFiles: ReadonlySet<string>,
  byName: DefinitionIndex,
): Resolution {
  const all = byName.get(nameKey(file.language, name)) ?? [];
  const here = all.filter(({ path }) => path === file.path);
  const fromNamed = all.filter(({ path }) => named.includes(path));
  if (fromNamed.length > 0) return { targets: fromNamed.slice(0, MOST_CANDIDATES), basis: 'imported' };
  if (here.length > 0) return { targets: here.slice(0, MOST_CANDIDATES), basis: 'same-file' };
  const fromImported = all.filter(({ path }) => importedFiles.has(path));
  if (fromImported.length > 0 && fromImported.length <= MOST_CANDIDATES)
    return { targets: fromImported, basis: 'imported' };
  if (all.length === 1) return { targets: all, basis: 'unique-name' };
  return { targets: all.length <= MOST_CANDIDATES ? all : [], basis: 'ambiguous' };
}

/** Files that an import of this module may mean: by the longest end of the path that agrees. */
function findModule(module: string, file: FileFacts, modules: ModuleIndex): readonly string[] {
  const isRelative = /^\.{1,2}(?:\/|$)/u.test(module);
  const parts = isRelative ? resolveRelative(module, file.path) : moduleParts(module);
  const last = parts.at(-1);
  if (last === undefined) return [];
  const stem = stemOf(last);
  const wanted = [...parts.slice(0, -1), stem];
  let best: string[] = [];
  let bestLength = isRelative ? parts.length - 1 : 0;
  // `com.example.Store` names a file Store; `pkg.module.name` may name something inside module.
  for (const path of modules.get(stem) ?? []) {
    const length = Math.max(agreeing(wanted, pathParts(path)), agreeing(wanted, pathParts(path).slice(0, -1)));
    if (length > bestLength) [best, bestLength] = [[path], length];
    else if (length === bestLength && length > 0) best.push(path);
  }
  const preferred = best.filter((path) => /(?:^|\/)(?:index|mod|lib|__init__)\.[a-z]+$/u.test(path));
  return (preferred.length > 0 ? preferred : best.filter((path) => path !== file.path)).slice(0, MOST_CANDIDATES);
}

function resolveRelative(module: string, from: string): string[] {
  const parts = from.split('/').slice(0, -1);
  for (const part of module.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts;
}

/** `com.example.Store`, `crate::store`, `App\\Models\\User`, `example.com/app/middleware`, `.client`, `buffer.h`. */
function moduleParts(module: string): string[] {
  const bare = module.replace(/^(?:crate|self|super)::/u, '');
  const parts = bare.includes('/') ? bare.split('/') : bare.split(/::|\\|\.(?!(?:h|hh|hpp|sh|css|scss|dart)$)/u);
  return parts.filter((part) => part !== '' && part !== '*');
}

function pathParts(path: string): string[] {
  const parts = path.split('/');
  return [...parts.slice(0, -1), stemOf(parts.at(-1) ?? '')];
}

/** How many parts at the ends of two paths agree. */
function agreeing(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a.at(-1 - length) === b.at(-1 - length)) length += 1;
  return length;
}

function stemOf(name: string): string {
  const stem = name.replace(/\.(?:d\.)?[a-z+]+$/iu, '');
  return stem === '' ? name : stem;
}

function nameKey(language: string, name: string): string {
  return `${familyOf.get(language) ?? language} ${name}`;
}
