import { ownerKeyOf, type Db } from '@memlane/projection';
import type { SyncState } from './repository-table.js';

/** A repository as it can be read at the moment, and how its last job fares. */
export interface RepositoryView {
  readonly name: string;
  readonly source: string;
  readonly state: SyncState;
  /** Why the last job failed. */
  readonly problem: string | null;
  /** Indexed commit; null before the first sync is complete. */
  readonly commit: string | null;
  readonly ref: string | null;
  readonly syncedAt: string | null;
  readonly files: number;
  readonly chunks: number;
  readonly symbols: number;
  /** Files that are not indexed, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Interval at which it syncs by itself. */
  readonly everyMinutes: number | null;
  /** Whether a webhook begins a sync. */
  readonly webhook: boolean;
}

/** The repositories of an owner, by name. */
export function listRepositories(db: Db, owner: string): RepositoryView[] {
  const key = ownerKeyOf(db, owner);
  if (key === undefined) return [];
  return db
    .prepare<[number], Omit<RepositoryView, 'skipped' | 'webhook'> & { skipped: string; webhook: number }>(
      `SELECT name, source, state, problem, commit_id AS "commit", ref, synced_at AS syncedAt, files, chunks, symbols, skipped,
         every_minutes AS everyMinutes, webhook
       FROM repository WHERE owner = ? ORDER BY name`,
    )
    .all(key)
    .map((row) => ({
      ...row,
      skipped: JSON.parse(row.skipped) as Record<string, number>,
      webhook: row.webhook === 1,
    }));
}
