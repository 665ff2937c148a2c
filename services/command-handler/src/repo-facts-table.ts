import { isRepoEvent } from '@memlane/contracts';
import { dueAt, evolveRepo, isActive, latestRequestAt, type RepoFacts, type RepoFactsReader } from '@memlane/domain';
import type { Database } from 'better-sqlite3';
import type { AppliedCommit, FactsTable } from './facts-table.js';

/** A repository that is to sync by itself, and the job after which. */
export interface DueSync {
  readonly owner: string;
  readonly id: string;
  readonly jobId: string;
}

/** The facts of all repositories of a partition. */
export class RepoFactsTable implements FactsTable {
  readonly kind = 'repo';
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    db.exec(`
      CREATE TABLE IF NOT EXISTS repository (
        owner TEXT NOT NULL, id TEXT NOT NULL, active INTEGER NOT NULL, auto INTEGER NOT NULL, due_at TEXT,
        facts TEXT NOT NULL, PRIMARY KEY (owner, id)
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS repository_due ON repository (due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX IF NOT EXISTS repository_requested ON repository (facts ->> '$.job.requestedAt')
        WHERE due_at IS NOT NULL;
    `);
    this.#statements = prepareStatements(db);
  }

  apply({ owner, commit }: AppliedCommit): void {
    for (const event of commit.events.filter(isRepoEvent)) {
      const id = event.data.repository_id;
      const after = evolveRepo(this.#read(owner, id), event, commit.at);
      if (after) this.#write(owner, after);
      else this.#statements.remove.run(owner, id);
    }
  }

  readerOf(owner: string): RepoFactsReader {
    return {
      byId: (id) => this.#read(owner, id),
      activeJobs: () => this.#statements.countActive.get(owner) as number,
      autoSynced: () => this.#statements.countAuto.get(owner) as number,
    };
  }

  /** Repositories that `isDue` is true of, the longest due first. @param now ISO 8601 UTC */
  due(now: string, limit: number): DueSync[] {
    return this.#statements.due.all({ now, latest: latestRequestAt(now), limit }) as DueSync[];
  }

  #write(owner: string, facts: RepoFacts): void {
    const { id, job, auto } = facts;
    const isAuto = auto.everyMinutes !== null || auto.hook !== null;
    this.#statements.write.run({
      ...{ owner, id },
      active: isActive(job) ? 1 : 0,
      auto: isAuto ? 1 : 0,
      due: dueAt(facts) ?? null,
      facts: JSON.stringify(facts),
    });
  }

  #read(owner: string, id: string): RepoFacts | undefined {
    const facts = this.#statements.byId.get(owner, id) as string | undefined;
    return facts === undefined ? undefined : (JSON.parse(facts) as RepoFacts);
  }
}

function prepareStatements(db: Database) {
  return {
    byId: db.prepare('SELECT facts FROM repository WHERE owner = ? AND id = ?').pluck(),
    countActive: db.prepare('SELECT count(*) FROM repository WHERE owner = ? AND active = 1').pluck(),
    countAuto: db.prepare('SELECT count(*) FROM repository WHERE owner = ? AND auto = 1').pluck(),
    due: db.prepare(
      `SELECT owner, id, facts ->> '$.job.id' AS jobId FROM repository
       WHERE due_at <= @now OR (due_at IS NOT NULL AND facts ->> '$.job.requestedAt' > @latest)
       ORDER BY due_at, owner, id LIMIT @limit`,
    ),
    write: db.prepare('INSERT OR REPLACE INTO repository VALUES (@owner, @id, @active, @auto, @due, @facts)'),
    remove: db.prepare('DELETE FROM repository WHERE owner = ? AND id = ?'),
  };
}
