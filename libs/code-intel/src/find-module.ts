/** Files that an import can mean at most. */
const MOST_TARGETS = 8;

/** The files of a repository, as imports name them. */
export interface Modules {
  /** Files that an import of this module may mean, by the longest end of the path that agrees; at most 8. */
  find(module: string, fromPath: string): readonly string[];
}

/** What of a path decides which modules it may be: paths that share none of these with a module are not looked at. */
export function moduleKeysOf(path: string): readonly string[] {
  const parts = path.split('/');
  const stem = stemOf(parts.at(-1) ?? '');
  // A folder is a module through its index file; a Go package is every file of its folder.
  const folder = parts.at(-2);
  return folder === undefined || folder === stem ? [stem] : [stem, folder];
}

/** The keys of the paths that `find` looks at. */
export function keysOfModule(module: string, fromPath: string): readonly string[] {
  const isRelative = isRelativeModule(module);
  const parts = isRelative ? resolveRelative(module, fromPath) : moduleParts(module);
  // What is not relative may name what is inside of the file.
  return parts.slice(isRelative ? -1 : -2).map(stemOf);
}

export function openModules(paths: Iterable<string>): Modules {
  const byLastPart = indexModules(paths);
  // A package that all files import is looked up once.
  const found = new Map<string, readonly string[]>();

  function lookUp(parts: readonly string[], isRelative: boolean): readonly string[] {
    const key = `${isRelative ? '.' : ''}${parts.join('/')}`;
    let paths = found.get(key);
    if (!paths) found.set(key, (paths = bestOf(parts, isRelative, byLastPart)));
    return paths;
  }

  return {
    find(module, fromPath) {
      const isRelative = isRelativeModule(module);
      const parts = isRelative ? resolveRelative(module, fromPath) : moduleParts(module);
      const whole = lookUp(parts, isRelative);
      // `crate::store::open` may name what is inside of `crate::store`.
      const best = whole.length > 0 || isRelative ? whole : lookUp(parts.slice(0, -1), false);
      return best.filter((path) => path !== fromPath).slice(0, MOST_TARGETS);
    },
  };
}

function isRelativeModule(module: string): boolean {
  return /^\.{1,2}(?:\/|$)/u.test(module);
}

/** Last part of a path without its ending → paths that it may mean. */
type ModuleIndex = ReadonlyMap<string, readonly string[]>;

function indexModules(paths: Iterable<string>): ModuleIndex {
  const modules = new Map<string, string[]>();
  const add = (key: string, path: string) => {
    const known = modules.get(key);
    if (known) known.push(path);
    else modules.set(key, [path]);
  };
  for (const path of paths) for (const key of moduleKeysOf(path)) add(key, path);
  return modules;
}

function bestOf(parts: readonly string[], isRelative: boolean, modules: ModuleIndex): readonly string[] {
  const last = parts.at(-1);
  if (last === undefined) return [];
  const stem = stemOf(last);
  const wanted = [...parts.slice(0, -1), stem];
  let best: string[] = [];
  let bestLength = isRelative ? parts.length - 1 : 0;
  for (const path of modules.get(stem) ?? []) {
    const own = pathParts(path);
    const length = Math.max(agreeing(wanted, own), agreeing(wanted, own, 1));
    if (length > bestLength) [best, bestLength] = [[path], length];
    else if (length === bestLength && length > 0) best.push(path);
  }
  const preferred = best.filter((path) => /(?:^|\/)(?:index|mod|lib|__init__)\.[a-z]+$/u.test(path));
  return preferred.length > 0 ? preferred : best;
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

/** How many parts at the ends of two paths agree; of the second one without its last `skipped` parts. */
function agreeing(a: readonly string[], b: readonly string[], skipped = 0): number {
  let length = 0;
  while (length < a.length && length < b.length - skipped && a.at(-1 - length) === b.at(-1 - length - skipped))
    length += 1;
  return length;
}

function stemOf(name: string): string {
  const stem = name.replace(/\.(?:d\.)?[a-z+]+$/iu, '');
  return stem === '' ? name : stem;
}
