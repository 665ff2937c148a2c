import type { MemoryView } from '@memlane/contracts';
import type { Db } from '@memlane/projection';
import { toView, VIEW_COLUMNS, type ViewRow } from './memory-row.js';
import { ownerKeyOf, prepareOnce } from './statements.js';

export interface FoundMemory {
  readonly memory: MemoryView;
  /** Earlier versions, newest first; as many as are kept. */
  readonly history: readonly MemoryView[];
}

type PlacedRow = ViewRow & { readonly made: number };

/**
 * One memory as it is, or as it was at a time. What was deleted since is still there at an earlier time; what had
 * expired by then is not.
 *
 * @param now for expiry, ISO 8601 UTC
 */
export function getMemory(
  db: Db,
  { owner, id, asOf, now }: { owner: string; id: string; asOf?: string | undefined; now: string },
): FoundMemory | undefined {
  const key = ownerKeyOf(db, owner);
  if (key === undefined) return undefined;
  const row = asOf === undefined ? readCurrent(db, key, id) : readAsOf(db, key, id, asOf);
  if (!row || (row.expires_at !== null && row.expires_at <= (asOf ?? now))) return undefined;
  const history = prepareOnce<ViewRow>(
    db,
    `SELECT ${VIEW_COLUMNS} FROM memory_version
     WHERE owner = ? AND id = ? AND made < ? AND created_at = ? ORDER BY made DESC`,
  ).all(key, id, row.made, row.created_at);
  return { memory: toView(row), history: history.map(toView) };
}

function readCurrent(db: Db, owner: number, id: string): PlacedRow | undefined {
  const sql = `SELECT ${VIEW_COLUMNS}, made FROM memory WHERE owner = ? AND id = ?`;
  return prepareOnce<PlacedRow>(db, sql).get(owner, id);
}

function readAsOf(db: Db, owner: number, id: string, asOf: string): PlacedRow | undefined {
  const current = readCurrent(db, owner, id);
  if (current && current.updated_at <= asOf) return current;
  return prepareOnce<PlacedRow>(
    db,
    `SELECT ${VIEW_COLUMNS}, made FROM memory_version
     WHERE owner = ? AND id = ? AND updated_at <= ? AND replaced_at > ? ORDER BY made DESC LIMIT 1`,
  ).get(owner, id, asOf, asOf);
}
