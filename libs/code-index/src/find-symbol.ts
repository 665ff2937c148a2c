import { ownerKeyOf, type Db } from '@memlane/projection';
import { confidenceOf } from './confidence.js';
import { chunkKeysOf } from './keys.js';
import { fromBlob, scopeCondition, type CodeScope } from './scope.js';

/** How places are related to a symbol. */
export type SymbolRelation = 'definition' | 'references' | 'callers' | 'callees' | 'implementations';

/** A place that is related to a symbol. */
export interface SymbolPlace {
  readonly name: string;
  /** Of the definition; of a reference how it refers. */
  readonly kind: string;
  readonly repository: string;
  readonly commit: string;
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  /** Head of the definition; of a reference its line. */
  readonly signature: string;
  readonly confidence: number;
}

/** More places than are asked for are looked at, since the surest come first. */
const MOST_ROWS = 2_000;

const SIGNATURE_CHARS = 300;

interface Evidence {
  readonly sameFile: number;
  readonly imported: number;
  readonly definitions: number;
}

interface DefinitionRow extends Omit<SymbolPlace, 'confidence'> {
  readonly blob: number;
  readonly repositoryKey: number;
  readonly exact: number;
}

/** Places that are related to a symbol, surest first. The scope is applied before the limit. */
export function findSymbol(
  db: Db,
  scope: CodeScope,
  { name, relation, limit }: { name: string; relation: SymbolRelation; limit: number },
): SymbolPlace[] {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined) return [];
  const { container, last } = splitName(name);
  const { sql, params } = scopeCondition(owner, scope);
  const bound = { ...params, last, container: container ?? null, rows: MOST_ROWS };
  return surest(findBy[relation](db, sql, bound, limit), limit);
}

/** @param limit no more than so many of the surest are asked for */
type Finder = (
  db: Db,
  scopeSql: string,
  params: Readonly<Record<string, string | number | null>>,
  limit: number,
) => SymbolPlace[];

function surest<T extends { readonly confidence: number }>(places: T[], limit: number): T[] {
  return places.sort((a, b) => b.confidence - a.confidence).slice(0, limit);
}

const findBy: Readonly<Record<SymbolRelation, Finder>> = {
  definition: (db, sql, params) =>
    findDefinitions(db, sql, params).map(({ exact, ...row }) => toPlace(row, exact ? 1 : 0.8)),
  references: findReferences,
  callers: (db, sql, params) => findEnclosing(db, sql, params, 'call'),
  implementations: (db, sql, params) => findEnclosing(db, sql, params, 'inherit'),
  callees: findCallees,
};

const definitionColumns = `
  s.name, s.kind, r.name AS repository, r.commit_id AS "commit", f.path, s.start_line AS startLine, s.end_line AS endLine,
  s.signature, b.key AS blob, r.key AS repositoryKey`;

function findDefinitions(db: Db, scopeSql: string, params: Parameters<Finder>[2]): DefinitionRow[] {
  return db
    .prepare<unknown[], DefinitionRow>(
      `SELECT ${definitionColumns}, s.name = :last COLLATE BINARY AS exact
       FROM symbol s JOIN ${fromBlob('s.blob')}
       WHERE s.owner = :owner AND s.name = :last AND ${scopeSql}
       AND (:container IS NULL OR s.container = :container OR s.container LIKE '%.' || :container)
       ORDER BY exact DESC, s.exported DESC, f.rank DESC, r.name, f.path, s.ordinal LIMIT :rows`,
    )
    .all(params);
}

/** What tells how likely the reference `x` of the blob `b` in the repository `r` means a definition of that name. */
const evidence = (name: string) => `
  EXISTS (SELECT 1 FROM symbol d WHERE d.blob = b.key AND d.name = ${name} COLLATE BINARY) AS sameFile,
  EXISTS (SELECT 1 FROM reference i WHERE i.blob = b.key AND i.kind = 'import' AND i.name = ${name}) AS imported,
  (SELECT count(*) FROM symbol d JOIN file g ON g.blob = d.blob AND g.repository = r.key
   WHERE d.owner = :owner AND d.name = ${name} AND d.name = ${name} COLLATE BINARY) AS definitions`;

function findReferences(db: Db, scopeSql: string, params: Parameters<Finder>[2], limit: number): SymbolPlace[] {
  const lineOf = readLine(db);
  const found = db
    .prepare<unknown[], Omit<SymbolPlace, 'confidence' | 'signature'> & Evidence & { blob: number }>(
      `SELECT x.name, x.kind, r.name AS repository, r.commit_id AS "commit", f.path, x.line AS startLine, x.line AS endLine,
              b.key AS blob, ${evidence('x.name')}
       FROM reference x JOIN ${fromBlob('x.blob')}
       WHERE x.owner = :owner AND x.name = :last AND ${scopeSql}
       ORDER BY f.rank DESC, r.name, f.path, x.line LIMIT :rows`,
    )
    .all({ ...params })
    .map((row) => ({ ...row, confidence: confidenceIn(row) }));
  // The text of a chunk is read for those only that are told.
  return surest(found, limit).map((row) =>
    toPlace({ ...row, signature: lineOf(row.blob, row.startLine) }, row.confidence),
  );
}

function findEnclosing(db: Db, scopeSql: string, params: Parameters<Finder>[2], kind: string): SymbolPlace[] {
  return db
    .prepare<unknown[], Omit<DefinitionRow, 'exact'> & Evidence>(
      `SELECT DISTINCT ${definitionColumns}, ${evidence('x.name')}
       FROM reference x JOIN ${fromBlob('x.blob')} JOIN symbol s ON s.blob = x.blob AND s.ordinal = x.symbol
       WHERE x.owner = :owner AND x.name = :last AND x.kind = :kind AND ${scopeSql}
       ORDER BY f.rank DESC, r.name, f.path, s.start_line LIMIT :rows`,
    )
    .all({ ...params, kind })
    .map((row) => toPlace(row, confidenceIn(row)));
}

function findCallees(db: Db, scopeSql: string, params: Parameters<Finder>[2]): SymbolPlace[] {
  const called = db.prepare<unknown[], string>(
    `SELECT DISTINCT name FROM reference
     WHERE blob = :blob AND kind = 'call' AND line BETWEEN :from AND :to ORDER BY ordinal LIMIT :rows`,
  );
  const defined = db.prepare<unknown[], Omit<DefinitionRow, 'exact'> & Evidence>(
    `SELECT ${definitionColumns}, b.key = :blob AS sameFile,
            EXISTS (SELECT 1 FROM reference i WHERE i.blob = :blob AND i.kind = 'import' AND i.name = :name) AS imported,
            count(*) OVER () AS definitions
     FROM symbol s JOIN ${fromBlob('s.blob')}
     WHERE s.owner = :owner AND s.name = :name AND s.name = :name COLLATE BINARY AND r.key = :repository
     ORDER BY sameFile DESC, s.exported DESC, f.rank DESC, f.path, s.ordinal LIMIT 1`,
  );
  const found = new Map<string, SymbolPlace>();
  for (const { blob, startLine: from, endLine: to, repositoryKey: repository } of findDefinitions(db, scopeSql, params))
    for (const name of called.pluck().all({ blob, from, to, rows: MOST_ROWS })) {
      const row = defined.get({ owner: params['owner'], name, blob, repository });
      if (row) found.set(`${repository} ${row.path} ${row.startLine} ${name}`, toPlace(row, confidenceIn(row)));
    }
  return [...found.values()];
}

function confidenceIn({ sameFile, imported, definitions }: Evidence): number {
  return confidenceOf({ sameFile: sameFile === 1, imported: imported === 1, definitions });
}

function toPlace(row: Omit<SymbolPlace, 'confidence'>, confidence: number): SymbolPlace {
  const { name, kind, repository, commit, path, startLine, endLine, signature } = row;
  return { name, kind, repository, commit, path, startLine, endLine, signature, confidence };
}

function readLine(db: Db): (blob: number, line: number) => string {
  const chunk = db.prepare<[number, number, number, number], { start_line: number; text: string }>(
    'SELECT start_line, text FROM chunk WHERE key BETWEEN ? AND ? AND start_line <= ? AND end_line >= ?',
  );
  return (blob, line) => {
    const found = chunk.get(...chunkKeysOf(blob), line, line);
    return (found?.text.split('\n')[line - found.start_line] ?? '').trim().slice(0, SIGNATURE_CHARS);
  };
}

/** `A.b`, `A::b`, `A#b` name `b` in `A`. */
function splitName(name: string): { readonly container: string | undefined; readonly last: string } {
  const parts = name
    .replace(/\(\)$/u, '')
    .split(/::|->|[.#\\/]/u)
    .filter((part) => part !== '');
  return { container: parts.length > 1 ? parts.slice(0, -1).join('.') : undefined, last: parts.at(-1) ?? name };
}
