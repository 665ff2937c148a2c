import type { JobState } from '@memlane/contracts';
import { ownerKeyOf, type Db } from '@memlane/projection';

/** One job, and what it changed if it completed. */
export interface SyncView {
  readonly id: string;
  readonly repositoryId: string;
  readonly repository: string;
  readonly trigger: string;
  readonly state: JobState;
  readonly reason: string | null;
  readonly message: string | null;
  readonly attempts: number;
  /** ISO 8601 UTC, as the other times. */
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly commit: string | null;
  readonly baseCommit: string | null;
  readonly added: number | null;
  readonly changed: number | null;
  readonly removed: number | null;
  readonly skipped: number | null;
}

export interface SyncFilter {
  /** Name of a repository; default: all of the owner. */
  readonly repository?: string | undefined;
  readonly repositoryId?: string | undefined;
  readonly jobId?: string | undefined;
  readonly limit: number;
}

/** The jobs of an owner, the newest request first. */
export function listSyncs(db: Db, owner: string, { limit, ...filter }: SyncFilter): SyncView[] {
  const key = ownerKeyOf(db, owner);
  if (key === undefined) return [];
  return db
    .prepare<Readonly<Record<string, unknown>>, SyncView>(
      `SELECT s.job_id AS id, r.id AS repositoryId, r.name AS repository, s.cause AS "trigger", s.state, s.reason, s.message,
         s.attempts, s.requested_at AS requestedAt, s.started_at AS startedAt, s.ended_at AS endedAt,
         s.commit_id AS "commit", s.base_commit AS baseCommit, s.added, s.changed, s.removed, s.skipped
       FROM repository r JOIN sync s ON s.repository = r.key
       WHERE r.owner = :key AND (:name IS NULL OR r.name = :name) AND (:id IS NULL OR r.id = :id)
         AND (:jobId IS NULL OR s.job_id = :jobId)
       ORDER BY s.requested_at DESC, s.key DESC LIMIT :limit`,
    )
    .all({
      key,
      name: filter.repository ?? null,
      id: filter.repositoryId ?? null,
      jobId: filter.jobId ?? null,
      limit,
    });
}
