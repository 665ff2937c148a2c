import type { ResolutionBasis } from '@memlane/code-intel';
import { ownerKeyOf, type Db } from '@memlane/projection';
import { chunkKeysOf } from './keys.js';
import { openIndexResolver, type IndexedFile, type NameUse, type ResolveInIndex } from './resolve-in-index.js';
import { fromBlob, scopeCondition, type CodeScope } from './scope.js';

/** How places are related to a symbol. */
export type SymbolRelation = 'definition' | 'references' | 'callers' | 'callees' | 'implementations';

/**
 * Why a place is taken to be related. Of a definition: it has the name, or the name in other case. Of a reference: why it
 * means the definition, or that the repository has none.
 */
export type PlaceReason = ResolutionBasis | 'exact-name' | 'other-case' | 'not-defined-here';

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
  /** Between 0 and 1. Names are not resolved by types, so no reference is certain. */
  readonly confidence: number;
  readonly reason: PlaceReason;
}

/** More places than are asked for are looked at, since the surest come first. */
const MOST_ROWS = 2_000;
/** Definitions of the name whose bodies are looked into for what they call. */
const MOST_BODIES = 20;

const SIGNATURE_CHARS = 300;

/** Of a reference to a name that the repository does not define: it may be one of another repository. */
const NOT_DEFINED_HERE = 0.3;
/** Of a reference to one of more definitions than can be told apart. */
const ONE_OF_MANY = 0.05;

type Judgement = Pick<SymbolPlace, 'confidence' | 'reason'>;

interface PlaceRow extends Omit<SymbolPlace, keyof Judgement>, IndexedFile {
  readonly ordinal: number;
}

/** What a finder is given: the scope as SQL, and the name in its parts. */
interface Wanted {
  readonly db: Db;
  readonly sql: string;
  readonly params: Readonly<Record<string, string | number | null>>;
  readonly limit: number;
  readonly resolve: ResolveInIndex;
  readonly isQualified: boolean;
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
  return findBy[relation]({
    ...{ db, sql, limit },
    params: { ...params, last, container: container ?? null, rows: MOST_ROWS },
    resolve: openIndexResolver(db, owner),
    isQualified: container !== undefined,
  });
}

const findBy: Readonly<Record<SymbolRelation, (wanted: Wanted) => SymbolPlace[]>> = {
  definition: (wanted) =>
    surest(
      wanted,
      findDefinitions(wanted).map((row) =>
        toPlace(
          row,
          row.name === wanted.params['last']
            ? { confidence: 1, reason: 'exact-name' }
            : { confidence: 0.8, reason: 'other-case' },
        ),
      ),
    ),
  references: findReferences,
  callers: (wanted) => findEnclosing(wanted, 'call'),
  implementations: (wanted) => findEnclosing(wanted, 'inherit'),
  callees: findCallees,
};

const fileColumns = `
  r.name AS repository, r.commit_id AS "commit", f.path, b.key AS blob, b.language, r.key AS repositoryKey`;

const definitionColumns = `
  s.name, s.kind, s.start_line AS startLine, s.end_line AS endLine, s.signature, s.ordinal, ${fileColumns}`;

function findDefinitions({ db, sql, params }: Wanted): PlaceRow[] {
  return db
    .prepare<unknown[], PlaceRow>(
      `SELECT ${definitionColumns}
       FROM symbol s CROSS JOIN ${fromBlob('s.blob')}
       WHERE s.owner = :owner AND s.name = :last AND ${sql}
       AND (:container IS NULL OR s.container = :container OR s.container LIKE '%.' || :container)
       ORDER BY s.name = :last COLLATE BINARY DESC, s.exported DESC, f.rank DESC, r.name, f.path, s.ordinal LIMIT :rows`,
    )
    .all(params);
}

/** References to the name, also where a file calls it otherwise, with the definition around each. */
const mentions = `
  (SELECT m.blob, m.ordinal, m.name AS local FROM reference m WHERE m.owner = :owner AND m.name = :last
   UNION SELECT u.blob, u.ordinal, u.name FROM reference i JOIN reference u ON u.blob = i.blob AND u.name = i.alias
     WHERE i.owner = :owner AND i.name = :last AND i.kind = 'import' AND i.alias IS NOT NULL) m
  CROSS JOIN reference x ON x.blob = m.blob AND x.ordinal = m.ordinal`;

function findReferences(wanted: Wanted): SymbolPlace[] {
  const { db, sql, params } = wanted;
  const lineOf = readLine(db);
  const judge = openJudge(wanted);
  const found = db
    .prepare<unknown[], Omit<PlaceRow, 'signature' | 'ordinal'> & { alias: string | null; receiver: string | null }>(
      `SELECT x.name, x.kind, x.alias, x.receiver, x.line AS startLine, x.line AS endLine, ${fileColumns}
       FROM ${mentions} CROSS JOIN ${fromBlob('x.blob')} WHERE ${sql}
       ORDER BY f.rank DESC, r.name, f.path, x.line LIMIT :rows`,
    )
    .all(params)
    .flatMap((row) =>
      judge(row, useOf({ ...row, name: row.alias ?? row.name })).map((judgement) => ({ ...row, ...judgement })),
    );
  // The text of a chunk is read for those only that are told.
  return surest(wanted, found).map((row) => toPlace({ ...row, signature: lineOf(row.blob, row.startLine) }, row));
}

function findEnclosing(wanted: Wanted, kind: string): SymbolPlace[] {
  const { db, sql, params } = wanted;
  const judge = openJudge(wanted);
  const found = db
    .prepare<unknown[], PlaceRow & { local: string; receiver: string | null }>(
      `SELECT DISTINCT ${definitionColumns}, m.local, x.receiver
       FROM ${mentions} CROSS JOIN ${fromBlob('x.blob')} CROSS JOIN symbol s ON s.blob = x.blob AND s.ordinal = x.symbol
       WHERE x.kind = :kind AND ${sql}
       ORDER BY f.rank DESC, r.name, f.path, s.start_line LIMIT :rows`,
    )
    .all({ ...params, kind })
    .flatMap((row) =>
      judge(row, useOf({ kind, name: row.local, receiver: row.receiver })).map((judgement) => toPlace(row, judgement)),
    );
  return surest(wanted, onePerPlace(found));
}

/** How sure it is that a name in a file means one of the definitions that are wanted; none when it means another. */
function openJudge(wanted: Wanted): (file: IndexedFile, use: NameUse) => Judgement[] {
  const definitions = new Set(findDefinitions(wanted).map((row) => placeKey(row.repositoryKey, row)));
  const defining = new Set([...definitions].map((key) => key.slice(0, key.indexOf(' '))));
  return (file, use) => {
    const { targets, basis: reason, confidence, among } = wanted.resolve(file, use);
    const hits = targets.filter((target) => definitions.has(placeKey(file.repositoryKey, target))).length;
    if (hits > 0) return [{ confidence: hits * confidence, reason }];
    // It means a definition that is not wanted.
    if (targets.length > 0) return [];
    if (among > 0) return [{ confidence: ONE_OF_MANY, reason: 'ambiguous' }];
    // It is used as what none of them is: a field is not called.
    if (defining.has(String(file.repositoryKey))) return [];
    return wanted.isQualified ? [] : [{ confidence: NOT_DEFINED_HERE, reason: 'not-defined-here' }];
  };
}

function findCallees(wanted: Wanted): SymbolPlace[] {
  const { db, params, resolve } = wanted;
  const called = db.prepare<unknown[], { name: string; receiver: string | null }>(
    `SELECT DISTINCT name, receiver FROM reference
     WHERE blob = :blob AND kind = 'call' AND line BETWEEN :from AND :to ORDER BY ordinal LIMIT :rows`,
  );
  const definition = db.prepare<unknown[], PlaceRow>(
    `SELECT ${definitionColumns} FROM file f JOIN repository r ON r.key = f.repository JOIN blob b ON b.key = f.blob
       JOIN symbol s ON s.blob = b.key AND s.ordinal = :symbol
     WHERE f.repository = :repository AND f.path = :path`,
  );
  const found = new Map<string, SymbolPlace>();
  for (const body of findDefinitions(wanted).slice(0, MOST_BODIES)) {
    const { blob, startLine: from, endLine: to, repositoryKey: repository } = body;
    for (const call of called.all({ blob, from, to, rows: params['rows'] })) {
      const { targets, basis: reason, confidence } = resolve(body, useOf({ kind: 'call', ...call }));
      for (const { path, symbol } of targets) {
        const key = placeKey(repository, { path, symbol });
        if (confidence <= (found.get(key)?.confidence ?? 0)) continue;
        const row = definition.get({ repository, path, symbol });
        if (row) found.set(key, toPlace(row, { confidence, reason }));
      }
    }
  }
  return surest(wanted, [...found.values()]);
}

function useOf({ kind, name, receiver }: { kind: string; name: string; receiver: string | null }): NameUse {
  return { name, use: kind === 'call' ? kind : 'name', ...(receiver !== null && { receiver }) };
}

/** A place that refers in several ways, as it does most surely. */
function onePerPlace(places: readonly SymbolPlace[]): SymbolPlace[] {
  const known = new Map<string, SymbolPlace>();
  for (const place of places) {
    const key = `${place.repository} ${place.startLine} ${place.name} ${place.path}`;
    if (place.confidence > (known.get(key)?.confidence ?? 0)) known.set(key, place);
  }
  return [...known.values()];
}

function placeKey(repository: number, at: { path: string; symbol: number } | PlaceRow): string {
  return `${repository} ${'symbol' in at ? at.symbol : at.ordinal} ${at.path}`;
}

/** The sort is stable: what is as sure stays in the order of the files' ranks. */
function surest<T extends Judgement>({ limit }: Wanted, places: readonly T[]): T[] {
  return places.toSorted((a, b) => b.confidence - a.confidence).slice(0, limit);
}

function toPlace(row: Omit<PlaceRow, 'ordinal'>, { confidence, reason }: Judgement): SymbolPlace {
  const { name, kind, repository, commit, path, startLine, endLine, signature } = row;
  const rounded = Math.round(confidence * 100) / 100;
  return { name, kind, repository, commit, path, startLine, endLine, signature, confidence: rounded, reason };
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
