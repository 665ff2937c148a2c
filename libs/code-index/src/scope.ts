/** Which code of an owner a read is about. All parts must hold. */
export interface CodeFilter {
  /** Names of repositories; any of them. */
  readonly repositories?: readonly string[] | undefined;
  readonly language?: string | undefined;
  /** Glob of the path, as SQLite has it: `*` crosses folders. */
  readonly path?: string | undefined;
  /** Kind of the definition that a chunk begins or is part of. */
  readonly kind?: string | undefined;
}

/** What every read is bound by: whose code, and which of it. */
export interface CodeScope {
  readonly owner: string;
  readonly filter: CodeFilter;
}

interface Condition {
  readonly sql: string;
  readonly params: Readonly<Record<string, string | number>>;
}

/**
 * The scope as an SQL condition on `file AS f`, `repository AS r` and `blob AS b`: every read has it inside its query,
 * before any limit.
 */
export function scopeCondition(ownerKey: number, { filter }: CodeScope): Condition {
  const terms = ['r.owner = :owner'];
  const params: Record<string, string | number> = { owner: ownerKey };
  if (filter.repositories && filter.repositories.length > 0) {
    terms.push('r.name IN (SELECT value FROM json_each(:repositories))');
    params['repositories'] = JSON.stringify(filter.repositories);
  }
  if (filter.language !== undefined) {
    terms.push('b.language = :language');
    params['language'] = filter.language;
  }
  if (filter.path !== undefined) {
    terms.push('f.path GLOB :path');
    params['path'] = filter.path;
  }
  return { sql: terms.join(' AND '), params };
}

/** Whether a filter leaves anything out. */
export function isNarrow({ repositories, language, path, kind }: CodeFilter): boolean {
  return (repositories?.length ?? 0) > 0 || (language ?? path ?? kind) !== undefined;
}

/**
 * The joins that `scopeCondition` speaks of, from a blob's key on. `CROSS JOIN` keeps SQLite to this order: a search that
 * knows its few blobs must not begin with the owner's repositories, and go through all that is in them.
 */
export const fromBlob = (blobKey: string) =>
  `file f ON f.blob = ${blobKey} CROSS JOIN repository r ON r.key = f.repository CROSS JOIN blob b ON b.key = f.blob`;

/** The part of the scope that is about a chunk's own definition; `true` without one. */
export function kindCondition({ filter }: CodeScope, chunkKey: string): Condition {
  if (filter.kind === undefined) return { sql: 'true', params: {} };
  const chunk = `SELECT k.symbol FROM chunk k WHERE k.key = ${chunkKey}`;
  return {
    sql: `EXISTS (SELECT 1 FROM symbol s WHERE s.blob = b.key AND s.ordinal = (${chunk}) AND s.kind = :kind)`,
    params: { kind: filter.kind },
  };
}
