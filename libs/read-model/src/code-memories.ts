import { limit } from '@memlane/contracts';
import { ownerKeyOf, prepareOnce, type Db } from '@memlane/projection';
import { scopeCondition, type ReadScope } from './filter.js';

/** A file, and names of what is defined in the part of it that a reader sees. */
export interface SeenCode {
  readonly repository: string;
  readonly path: string;
  readonly names: readonly string[];
}

/** A place in code that a memory names. */
export interface CodeLink {
  readonly id: string;
  readonly content: string;
  readonly type: string | null;
  readonly updated_at: string;
  readonly uri: string;
}

/**
 * What memories in the scope name of some code: the file, or a symbol of such a name wherever it was in the repository
 * when the memory was written. Those of the newest memories, at most `code_links_read`.
 */
export function readCodeLinks(db: Db, scope: ReadScope, seen: readonly SeenCode[]): CodeLink[] {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined || seen.length === 0) return [];
  const condition = scopeCondition(owner, scope);
  return prepareOnce<CodeLink>(
    db,
    `WITH seen AS (SELECT value ->> 'repository' AS repository, value ->> 'path' AS path, value -> 'names' AS names
                   FROM json_each(:seen)),
     link AS (SELECT l.ord, l.uri FROM seen JOIN memory_code_link l
                ON l.owner = :owner AND l.repository = seen.repository AND l.path = seen.path
              UNION
              SELECT l.ord, l.uri FROM seen JOIN json_each(seen.names) n JOIN memory_code_link l
                ON l.owner = :owner AND l.repository = seen.repository AND l.name = n.value)
     SELECT m.id, m.content, m.type, m.updated_at, link.uri FROM link JOIN memory m ON m.ord = link.ord
     WHERE ${condition.sql} ORDER BY m.ord DESC, link.uri LIMIT :rows`,
  ).all({ ...condition.params, seen: JSON.stringify(seen), rows: limit('code_links_read') });
}
