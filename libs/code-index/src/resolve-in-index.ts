import {
  collectImports,
  groupNamesakes,
  languageFamily,
  resolveName,
  type Definition,
  type FileImports,
  type Mention,
  type Namesakes,
  type Resolution,
} from '@memlane/code-intel';
import type { Db } from '@memlane/projection';

/** A visible file, by the keys of the code index. */
export interface IndexedFile {
  readonly repositoryKey: number;
  readonly path: string;
  readonly blob: number;
  readonly language: string;
}

/** How a name is used in a file. */
export type NameUse = Pick<Mention, 'name' | 'use' | 'receiver'>;

/** What a name means in a file. */
export type ResolveInIndex = (file: IndexedFile, use: NameUse) => Resolution;

/**
 * Resolves single names as the graph of the repository did, from what is kept of it. Remembers what it has read: for one
 * answer only.
 *
 * @param ownerKey whose repositories they are
 */
export function openIndexResolver(db: Db, ownerKey: number): ResolveInIndex {
  const importsOfFile = db
    .prepare<[number, string], string>('SELECT imports FROM file_graph WHERE repository = ? AND path = ?')
    .pluck();
  const importReferences = db.prepare<[number], { name: string; module: string; alias: string | null }>(
    'SELECT name, module, alias FROM reference WHERE blob = ? AND module IS NOT NULL ORDER BY ordinal',
  );
  const definitions = db.prepare<unknown[], Definition & { language: string }>(
    `SELECT f.path, s.ordinal AS symbol, s.kind, b.language
     FROM symbol s JOIN file f ON f.blob = s.blob AND f.repository = :repository JOIN blob b ON b.key = s.blob
     WHERE s.owner = :owner AND s.name = :name AND s.name = :name COLLATE BINARY ORDER BY f.path, s.ordinal`,
  );
  const imports = new Map<string, FileImports>();
  const namesakes = new Map<string, ReadonlyMap<string, Namesakes>>();

  function importsOf({ repositoryKey, path, blob }: IndexedFile): FileImports {
    const key = `${repositoryKey} ${path}`;
    let known = imports.get(key);
    if (!known) {
      const kept = JSON.parse(importsOfFile.get(repositoryKey, path) ?? '{}') as Record<string, string[]>;
      const targets = new Map(Object.entries(kept));
      const mentions = importReferences
        .all(blob)
        .map(({ alias, ...rest }) => ({ ...rest, ...(alias !== null && { alias }) }));
      imports.set(key, (known = collectImports(mentions, (module) => targets.get(module) ?? [])));
    }
    return known;
  }

  function namesakesOf(repository: number, language: string, name: string): Namesakes | undefined {
    const key = `${repository} ${name}`;
    let byFamily = namesakes.get(key);
    if (!byFamily) {
      const all = new Map<string, Definition[]>();
      for (const { language: of, ...definition } of definitions.all({ owner: ownerKey, repository, name })) {
        const family = languageFamily(of);
        all.set(family, [...(all.get(family) ?? []), definition]);
      }
      namesakes.set(key, (byFamily = new Map([...all].map(([family, some]) => [family, groupNamesakes(some)]))));
    }
    return byFamily.get(languageFamily(language));
  }

  return (file, use) =>
    resolveName(file.path, use, importsOf(file), (meant) => namesakesOf(file.repositoryKey, file.language, meant));
}
