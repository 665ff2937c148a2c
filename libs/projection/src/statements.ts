import type { Db } from './open-db.js';
import type { Statement } from 'better-sqlite3';

const prepared = new WeakMap<Db, Map<string, Statement>>();

/** Prepares a statement once for each connection; the texts are few, because values are always bound. */
export function prepareOnce<Row>(db: Db, sql: string): Statement<unknown[], Row> {
  let statements = prepared.get(db);
  if (!statements) prepared.set(db, (statements = new Map<string, Statement>()));
  let statement = statements.get(sql);
  if (!statement) statements.set(sql, (statement = db.prepare(sql)));
  return statement as Statement<unknown[], Row>;
}

/** The integer that stands for an owner in this file; `undefined` when the owner has stored nothing yet. */
export function ownerKeyOf(db: Db, owner: string): number | undefined {
  return prepareOnce<{ key: number }>(db, 'SELECT key FROM owner WHERE owner = ?').get(owner)?.key;
}
