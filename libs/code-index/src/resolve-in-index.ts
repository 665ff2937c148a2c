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
  // In this order: SQLite would begin with all files of a repository, for each of the names that a file mentions.
  const definitions = db.prepare<unknown[], Definition & { repository: number; language: string }>(
    `SELECT f.repository, f.path, s.ordinal AS symbol, s.kind, b.language
     FROM symbol s CROSS JOIN file f ON f.blob = s.blob CROSS JOIN blob b ON b.key = s.blob
     WHERE s.owner = :owner AND s.name = :name AND s.name = :name COLLATE BINARY ORDER BY f.path, s.ordinal`,
  );
  const imports = new Map<string, FileImports>();
  /** By name, and then by repository and family of languages. */
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
    let byPlace = namesakes.get(name);
    if (!byPlace) {
      const all = new Map<string, Definition[]>();
      for (const { repository: at, language: of, ...definition } of definitions.all({ owner: ownerKey, name })) {
        const place = placeOf(at, of);
        const some = all.get(place);
        if (some) some.push(definition);
        else all.set(place, [definition]);
      }
      namesakes.set(name, (byPlace = new Map([...all].map(([place, some]) => [place, groupNamesakes(some)]))));
    }
    return byPlace.get(placeOf(repository, language));
  }

  return (file, use) =>
    resolveName(file.path, use, importsOf(file), (meant) => namesakesOf(file.repositoryKey, file.language, meant));
}

function placeOf(repository: number, language: string): string {
  return `${repository} ${languageFamily(language)}`;
}
