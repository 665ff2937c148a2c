import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createRepository, readSourceTree, type TestRepository } from '@memlane/testkit';

/** What `npm ci` installs: some fifteen thousand files of JavaScript and TypeScript. */
const INSTALLED = join(import.meta.dirname, '..', '..', '..', 'node_modules');
const SOURCES =
  /\.(?:[cm]?[jt]sx?|py|go|rs|java|kt|scala|rb|php|cs|swift|c|cc|cpp|h|hpp|lua|ex|hs|sh|sql|css|html|md|json|ya?ml|toml)$/u;

/** Files by their paths, every content once, in an order that has nothing to do with where they are from. */
export type Sources = readonly (readonly [path: string, text: string])[];

/**
 * Reads source files, of which a bench makes repositories of any size: a part of the list is a mix of all.
 *
 * @param folders default: the packages that this project has installed
 */
export async function readSources(folders: readonly string[]): Promise<Sources> {
  const files = new Map<string, readonly [path: string, text: string]>();
  for (const [n, folder] of (folders.length > 0 ? folders : [INSTALLED]).entries())
    for (const [path, text] of Object.entries(await readSourceTree(folder, SOURCES)))
      if (!/(?:^|\/)\./u.test(path))
        files.set(createHash('sha256').update(text).digest('hex'), [folders.length > 1 ? `${n}/${path}` : path, text]);
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
}

/** A repository of some files, in a folder of its own name. */
export interface BenchRepository extends TestRepository {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}

export async function makeRepository(root: string, name: string, files: Sources): Promise<BenchRepository> {
  const repository = await createRepository(join(root, name));
  await repository.commit(Object.fromEntries(files));
  const bytes = files.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
  return { ...repository, name, files: files.length, bytes };
}
