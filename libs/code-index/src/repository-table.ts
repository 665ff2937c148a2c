import type { EventOf } from '@memlane/contracts';
import type { Db } from '@memlane/projection';

/** How the last job of a repository fares. */
export type SyncState = 'queued' | 'running' | 'ready' | 'failed' | 'cancelled';

export interface RepositoryRow {
  readonly key: number;
  readonly jobId: string;
  readonly baseCommit: string | null;
}

/** The repositories of owners, by their ids. */
export interface RepositoryTable {
  find(owner: number, id: string): RepositoryRow | undefined;
  request(owner: number, data: EventOf<'repository-sync-requested'>['data']): void;
  plan(repository: number, data: EventOf<'repository-sync-planned'>['data']): void;
  setState(repository: number, state: SyncState, problem?: string): void;
  /** Makes a commit the one that readers see, with its counts. */
  complete(repository: number, synced: { readonly commit: string; readonly ref: string; readonly at: string }): void;
  setAutoSync(repository: number, data: EventOf<'repository-auto-sync-set'>['data']): void;
  remove(repository: number): void;
}

export function openRepositoryTable(db: Db): RepositoryTable {
  const find = db.prepare<[number, string], RepositoryRow>(
    'SELECT key, job_id AS jobId, base_commit AS baseCommit FROM repository WHERE owner = ? AND id = ?',
  );
  const request = db.prepare(
    `INSERT INTO repository (owner, id, name, source, job_id, state) VALUES (@owner, @id, @name, @source, @job, 'queued')
     ON CONFLICT (owner, id) DO UPDATE SET name = excluded.name, source = excluded.source, job_id = excluded.job_id,
       state = 'queued', problem = NULL, planned_commit = NULL, base_commit = NULL`,
  );
  const plan = db.prepare('UPDATE repository SET planned_commit = ?, base_commit = ? WHERE key = ?');
  const setState = db.prepare('UPDATE repository SET state = ?, problem = ? WHERE key = ?');
  const complete = db.prepare(
    `UPDATE repository SET commit_id = @commit, ref = @ref, synced_at = @at, state = 'ready', problem = NULL,
       planned_commit = NULL, base_commit = NULL,
       files = (SELECT count(*) FROM file WHERE repository = @key AND blob IS NOT NULL),
       chunks = (SELECT coalesce(sum(b.chunks), 0) FROM file f JOIN blob b ON b.key = f.blob WHERE f.repository = @key),
       symbols = (SELECT coalesce(sum(b.symbols), 0) FROM file f JOIN blob b ON b.key = f.blob WHERE f.repository = @key),
       skipped = (SELECT json_group_object(skipped, n) FROM
         (SELECT skipped, count(*) AS n FROM file WHERE repository = @key AND skipped IS NOT NULL GROUP BY skipped ORDER BY skipped))
     WHERE key = @key`,
  );
  const setAutoSync = db.prepare('UPDATE repository SET every_minutes = ?, webhook = ? WHERE key = ?');
  const remove = db.prepare('DELETE FROM repository WHERE key = ?');

  return {
    find: (owner, id) => find.get(owner, id),
    request(owner, { repository_id: id, name, source, job_id: job }) {
      request.run({ owner, id, name, source, job });
    },
    plan: (repository, { commit, base_commit: base }) => void plan.run(commit, base, repository),
    setState: (repository, state, problem) => void setState.run(state, problem ?? null, repository),
    complete: (key, synced) => void complete.run({ key, ...synced }),
    setAutoSync: (repository, { every_minutes: minutes, hook }) =>
      void setAutoSync.run(minutes, hook === null ? 0 : 1, repository),
    remove: (repository) => void remove.run(repository),
  };
}
