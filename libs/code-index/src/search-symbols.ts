import { ownerKeyOf, type Db } from '@memlane/projection';
import { chunkKeysOf } from './keys.js';
import { fromBlob, scopeCondition, type CodeScope } from './scope.js';

/** Keys of the chunks in which definitions of these names begin: exported ones of much used files first. */
export function searchSymbols(db: Db, scope: CodeScope, names: readonly string[], pool: number): number[] {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined || names.length === 0) return [];
  const { sql, params } = scopeCondition(owner, scope);
  const found = db
    .prepare<unknown[], { blob: number; line: number }>(
      `SELECT DISTINCT s.blob, s.start_line AS line FROM symbol s CROSS JOIN ${fromBlob('s.blob')}
       WHERE s.owner = :owner AND s.name IN (SELECT value FROM json_each(:names)) AND ${sql} AND (:kind IS NULL OR s.kind = :kind)
       ORDER BY s.name IN (SELECT value COLLATE BINARY FROM json_each(:names)) DESC, s.exported DESC, f.rank DESC, f.path, s.ordinal
       LIMIT :pool`,
    )
    .all({ ...params, kind: scope.filter.kind ?? null, names: JSON.stringify(names), pool });
  const chunkAt = db
    .prepare<[number, number, number, number], number>(
      'SELECT key FROM chunk WHERE key BETWEEN ? AND ? AND start_line <= ? AND end_line >= ?',
    )
    .pluck();
  return [...new Set(found.flatMap(({ blob, line }) => chunkAt.get(...chunkKeysOf(blob), line, line) ?? []))];
}
