import { ownerKeyOf, prepareOnce, type Db } from '@memlane/projection';
import { blobOfChunk, blobOfChunkSql, chunkIdOf, firstChunkSql, lastChunkSql, ordinalOfChunk } from './keys.js';
import { fromBlob, kindCondition, scopeCondition, type CodeScope } from './scope.js';
import { openChunkIds } from './vector-outbox.js';

/** Ids of the chunks of a scope; `undefined` when there are more than `most`. */
export function chunkIdsIn(db: Db, scope: CodeScope, most: number): string[] | undefined {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined) return [];
  const { sql, params } = scopeCondition(owner, scope);
  const kind = kindCondition(scope, 'c.key');
  const keys = prepareOnce<number>(
    db,
    `SELECT DISTINCT c.key FROM file f JOIN repository r ON r.key = f.repository
     JOIN blob b ON b.key = f.blob JOIN chunk c ON true
       AND c.key BETWEEN ${firstChunkSql('b.key')} AND ${lastChunkSql('b.key')}
     WHERE ${sql} AND ${kind.sql} LIMIT :most`,
  )
    .pluck()
    .all({ ...params, ...kind.params, most: most + 1 });
  if (keys.length > most) return undefined;
  const content = prepareOnce<{ sha256: string; variant: string }>(
    db,
    'SELECT sha256, variant FROM blob WHERE key = ?',
  );
  return keys.flatMap((key) => {
    const of = content.get(blobOfChunk(key));
    return of ? [chunkIdOf(of.sha256, of.variant, ordinalOfChunk(key))] : [];
  });
}

/** Keys of chunks by their ids, in the order given; those that are not in the scope are left out. */
export function chunkKeysIn(db: Db, scope: CodeScope, chunkIds: readonly string[]): number[] {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined) return [];
  const { sql, params } = scopeCondition(owner, scope);
  const kind = kindCondition(scope, 'given.value');
  const keyOf = openChunkIds(db);
  const keys = JSON.stringify(chunkIds.flatMap((chunkId) => keyOf(owner, chunkId) ?? []));
  return prepareOnce<number>(
    db,
    `SELECT given.value FROM json_each(:keys) given WHERE EXISTS (
       SELECT 1 FROM (SELECT 1) CROSS JOIN ${fromBlob(blobOfChunkSql('given.value'))} WHERE ${sql} AND ${kind.sql}
     ) ORDER BY given.key`,
  )
    .pluck()
    .all({ ...params, ...kind.params, keys });
}
