import type { MemoryView } from '@memlane/contracts';
import { ownerKeyOf, prepareOnce, type Db } from '@memlane/projection';
import { toView, VIEW_COLUMNS, type ViewRow } from './memory-row.js';

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
 * @param within only when it has one of these tags now, and of its past only what had one: what was shared with the reader
 * @param now for expiry, ISO 8601 UTC
 */
export function getMemory(
  db: Db,
  {
    owner,
    id,
    asOf,
    now,
    within,
  }: {
    owner: string;
    id: string;
    asOf?: string | undefined;
    now: string;
    within?: readonly string[] | undefined;
  },
): FoundMemory | undefined {
  const key = ownerKeyOf(db, owner);
  if (key === undefined) return undefined;
  const current = readCurrent(db, key, id);
  if (within && !(current && isWithin(current, within) && isThere(current, now))) return undefined;
  const row = asOf === undefined ? current : readAsOf(db, key, id, asOf);
  if (!row || !isWithin(row, within) || !isThere(row, asOf ?? now)) return undefined;
  const history = prepareOnce<ViewRow>(
    db,
    `SELECT ${VIEW_COLUMNS} FROM memory_version
     WHERE owner = ? AND id = ? AND made < ? AND created_at = ? ORDER BY made DESC`,
  ).all(key, id, row.made, row.created_at);
  return { memory: toView(row), history: history.filter((version) => isWithin(version, within)).map(toView) };
}

function isWithin({ tags }: ViewRow, within: readonly string[] | undefined): boolean {
  return within === undefined || (JSON.parse(tags) as string[]).some((tag) => within.includes(tag));
}

function isThere({ expires_at: expiresAt }: ViewRow, at: string): boolean {
  return expiresAt === null || expiresAt > at;
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
