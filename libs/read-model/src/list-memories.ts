import type { MemoryView } from '@memlane/contracts';
import { ownerKeyOf, prepareOnce, type Db } from '@memlane/projection';
import { scopeCondition, type ReadScope } from './filter.js';
import { toView, VIEW_COLUMNS, type ViewRow } from './memory-row.js';

/** A place in the order "newest first". */
export interface PageKey {
  readonly createdAt: string;
  readonly ord: number;
}

export interface MemoryPage {
  readonly memories: readonly MemoryView[];
  /** The key of each memory. */
  readonly keys: readonly PageKey[];
  /** Memories in the scope, on all pages. */
  readonly total: number;
  /** The key of the last memory of the page; `undefined` on the last page. */
  readonly next: PageKey | undefined;
}

/** One page, newest first: by creation, then by place in the log. */
export function listMemories(db: Db, scope: ReadScope, limit: number, after: PageKey | undefined): MemoryPage {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined) return { memories: [], keys: [], total: 0, next: undefined };
  const condition = scopeCondition(owner, scope);
  const rows = prepareOnce<ViewRow & { ord: number }>(
    db,
    `SELECT ${VIEW_COLUMNS}, ord FROM memory m WHERE ${condition.sql}
     ${after ? 'AND (m.created_at, m.ord) < (:afterTime, :afterOrd)' : ''}
     ORDER BY m.created_at DESC, m.ord DESC LIMIT :rows`,
  ).all({ ...condition.params, rows: limit + 1, afterTime: after?.createdAt, afterOrd: after?.ord });
  const page = rows.slice(0, limit);
  const keys = page.map(({ created_at: createdAt, ord }) => ({ createdAt, ord }));
  return {
    memories: page.map(toView),
    keys,
    total: countMemories(db, scope),
    next: rows.length > limit ? keys.at(-1) : undefined,
  };
}

/** How many memories are in a scope. */
export function countMemories(db: Db, scope: ReadScope): number {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined) return 0;
  const condition = scopeCondition(owner, scope, { counting: true });
  const counted = prepareOnce<{ n: number }>(db, `SELECT count(*) AS n FROM memory m WHERE ${condition.sql}`);
  return counted.get(condition.params)?.n ?? 0;
}

/** The memories of these ids that are in the scope, by id. */
export function readMemories(db: Db, scope: ReadScope, ids: readonly string[]): Map<string, MemoryView> {
  const rows = selectByIds<ViewRow>(db, scope, ids, VIEW_COLUMNS);
  return new Map(rows.map((row) => [row.id, toView(row)]));
}

/** Which of these ids are in the scope: what an index of another kind found is checked by this. */
export function idsIn(db: Db, scope: ReadScope, ids: readonly string[]): Set<string> {
  return new Set(selectByIds<{ id: string }>(db, scope, ids, 'id').map(({ id }) => id));
}

function selectByIds<Row>(db: Db, scope: ReadScope, ids: readonly string[], columns: string): Row[] {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined || ids.length === 0) return [];
  const condition = scopeCondition(owner, scope);
  return prepareOnce<Row>(
    db,
    `SELECT ${columns} FROM memory m WHERE ${condition.sql} AND m.id IN (SELECT value FROM json_each(:ids))`,
  ).all({ ...condition.params, ids: JSON.stringify(ids) });
}

/** The ids in a scope, or `undefined` when there are more than `max`. */
export function filterIds(db: Db, scope: ReadScope, max: number): string[] | undefined {
  const owner = ownerKeyOf(db, scope.owner);
  if (owner === undefined) return [];
  const condition = scopeCondition(owner, scope);
  const rows = prepareOnce<{ id: string }>(db, `SELECT m.id FROM memory m WHERE ${condition.sql} LIMIT :max`).all({
    ...condition.params,
    max: max + 1,
  });
  return rows.length > max ? undefined : rows.map(({ id }) => id);
}
