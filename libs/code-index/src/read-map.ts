import { rankFiles, renderRepoMap, type MapSymbol, type RepoMap } from '@memlane/code-intel';
import type { Db } from '@memlane/projection';
import { findRepository, type FoundRepository } from './read-code.js';
import { readCandidates } from './read-hits.js';
import { searchCodeNames } from './search-text.js';

export interface MapRequest {
  readonly owner: string;
  readonly repository: string;
  /** Paths, folders, names of definitions, or words. */
  readonly focus: readonly string[];
  readonly maxTokens: number;
}

export interface ReadMap extends RepoMap {
  readonly commit: string;
  /** What the repository has, shown or not. */
  readonly of: { readonly files: number; readonly symbols: number };
  /** How many of the focus nothing in the repository fits. */
  readonly unknown: number;
}

/** Files that are ranked anew from the focus: those in it, then the most important ones. Ranking them takes tens of ms. */
const MOST_RANKED = 5_000;
/** Files and, of each, definitions that a map chooses from. */
const MOST_SHOWN = 500;
const MOST_SYMBOLS = 200;
/** Files that one of the focus means at most. */
const MOST_MEANT = 100;

interface MapFile {
  readonly path: string;
  readonly blob: number;
  readonly rank: number;
}

/** A map of a repository at its indexed commit, seen from the focus; `undefined` when there is no such repository. */
export function readMap(db: Db, request: MapRequest): ReadMap | undefined {
  return db.transaction(() => {
    const repository = findRepository(db, request.owner, request.repository);
    if (!repository) return undefined;
    const meant = request.focus.map((one) => filesMeant(db, request, repository, one));
    const seeds = new Map<string, number>();
    for (const paths of meant)
      for (const path of paths) seeds.set(path, (seeds.get(path) ?? 0) + 1 / Math.max(1, paths.length));
    const files = readFiles(db, repository.key, seeds);
    const ranks =
      seeds.size === 0
        ? new Map(files.map(({ path, rank }) => [path, rank]))
        : rankFiles(
            { nodes: files.map(({ path }) => path), links: readLinks(db, repository.key, files) },
            { personalisation: seeds },
          );
    const shown = files
      .toSorted((a, b) => (ranks.get(b.path) ?? 0) - (ranks.get(a.path) ?? 0) || (a.path < b.path ? -1 : 1))
      .slice(0, MOST_SHOWN);
    const readSymbols = openSymbols(db, repository.key, request.focus);
    return {
      ...renderRepoMap({
        files: shown.map((file) => ({ path: file.path, symbols: readSymbols(file) })),
        ranks,
        focus: request.focus,
        maxTokens: request.maxTokens,
      }),
      commit: repository.commit,
      of: { files: repository.files, symbols: repository.symbols },
      unknown: meant.filter(({ length }) => length === 0).length,
    };
  })();
}

/** A path or what lies below it, else what defines a name, else what has the words in its names. */
function filesMeant(db: Db, { owner, repository: name }: MapRequest, { key }: FoundRepository, one: string): string[] {
  const folder = one.replace(/\/$/u, '');
  const below = db
    .prepare<unknown[], string>(
      `SELECT path FROM file WHERE repository = :key AND blob IS NOT NULL
       AND (path = :folder OR (path >= :folder || '/' AND path < :folder || '0')) ORDER BY rank DESC, path LIMIT :most`,
    )
    .pluck()
    .all({ key, folder, most: MOST_MEANT });
  if (below.length > 0) return below;
  const defining = db
    .prepare<unknown[], string>(
      `SELECT DISTINCT f.path FROM symbol s JOIN file f ON f.blob = s.blob AND f.repository = :key
       WHERE s.owner = (SELECT owner FROM repository WHERE key = :key)
         AND (s.name = :last AND (:last = :one OR s.container || '.' || s.name = :one))
       ORDER BY f.rank DESC, f.path LIMIT :most`,
    )
    .pluck()
    .all({ key, one, last: one.slice(one.lastIndexOf('.') + 1), most: MOST_MEANT });
  if (defining.length > 0) return defining;
  const scope = { owner, filter: { repositories: [name] } };
  const hits = readCandidates(db, scope, searchCodeNames(db, scope, one, MOST_MEANT));
  return [...new Set(hits.map(({ path }) => path))];
}

function readFiles(db: Db, repository: number, seeds: ReadonlyMap<string, number>): MapFile[] {
  const columns = 'SELECT path, blob, rank FROM file WHERE repository = ? AND blob IS NOT NULL';
  const one = db.prepare<[number, string], MapFile>(`${columns} AND path = ?`);
  const most = db.prepare<[number, number], MapFile>(`${columns} ORDER BY rank DESC, path LIMIT ?`);
  const all = [
    ...[...seeds.keys()].flatMap((path) => one.get(repository, path) ?? []),
    ...most.all(repository, MOST_RANKED),
  ];
  return [...new Map(all.map((file) => [file.path, file])).values()];
}

function readLinks(db: Db, repository: number, files: readonly MapFile[]) {
  const linksOf = db
    .prepare<[number, string], string>('SELECT links FROM file_graph WHERE repository = ? AND path = ?')
    .pluck();
  return files.flatMap(({ path: from }) =>
    Object.entries(JSON.parse(linksOf.get(repository, from) ?? '{}') as Record<string, number>).map(([to, weight]) => ({
      from,
      to,
      weight,
    })),
  );
}

/** The first definitions of a file, and those that are in focus. */
function openSymbols(db: Db, repository: number, focus: readonly string[]): (file: MapFile) => MapSymbol[] {
  const usesOf = db
    .prepare<[number, string], string>('SELECT uses FROM file_graph WHERE repository = ? AND path = ?')
    .pluck();
  const symbols = db.prepare<
    unknown[],
    Omit<MapSymbol, 'used' | 'exported' | 'container'> & { ordinal: number; exported: number; container: string | null }
  >(
    `SELECT ordinal, name, kind, signature, start_line AS startLine, container, exported FROM symbol
     WHERE blob = :blob AND (ordinal < :most OR name IN (SELECT value FROM json_each(:names))) ORDER BY ordinal`,
  );
  const names = JSON.stringify(focus.map((one) => one.slice(one.lastIndexOf('.') + 1)));
  return ({ path, blob }) => {
    const uses = JSON.parse(usesOf.get(repository, path) ?? '{}') as Record<string, number>;
    return symbols.all({ blob, most: MOST_SYMBOLS, names }).map(({ ordinal, exported, container, ...symbol }) => ({
      ...symbol,
      ...(container !== null && { container }),
      exported: exported === 1,
      used: uses[ordinal] ?? 0,
    }));
  };
}
