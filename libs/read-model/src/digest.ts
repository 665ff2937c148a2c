import { createHash } from 'node:crypto';
import type { Db } from '@memlane/projection';

/** Every table that is a function of the log, with its order. The checkpoint's own row is where the log stands. */
const tables = [
  ['owner', 'key'],
  ['memory', 'ord'],
  ['memory_tag', 'owner, tag, ord'],
  ['memory_code_link', 'owner, repository, path, ord, uri'],
  ['memory_version', 'owner, id, made'],
  ['memory_text', 'rowid'],
  ['vector_outbox', 'owner, memory_id'],
  ['share', 'owner, tag, grantee'],
  ['team_member', 'team, member'],
  ['parked', 'owner'],
  ['checkpoint', 'projection'],
] as const;

/** sha256, hex, over all rows of a file: equal for a live read model and one rebuilt from the same log. */
export function digestReadModel(db: Db): string {
  const hash = createHash('sha256');
  db.transaction(() => {
    for (const [table, order] of tables) {
      hash.update(`${table}\n`);
      const rowid = table === 'memory_text' ? 'rowid, ' : '';
      for (const row of db.prepare(`SELECT ${rowid}* FROM ${table} ORDER BY ${order}`).raw().iterate())
        hash.update(`${JSON.stringify(row)}\n`);
    }
  })();
  return hash.digest('hex');
}
