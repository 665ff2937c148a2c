import { isRepoEvent } from '@memlane/contracts';
import { evolveRepo, isActive, type RepoFacts, type RepoFactsReader } from '@memlane/domain';
import type { Database } from 'better-sqlite3';
import type { AppliedCommit, FactsTable } from './facts-table.js';

/** The facts of all repositories of a partition. */
export class RepoFactsTable implements FactsTable {
  readonly kind = 'repo';
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    db.exec(`
      CREATE TABLE IF NOT EXISTS repository (
        owner TEXT NOT NULL, id TEXT NOT NULL, active INTEGER NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (owner, id)
      ) WITHOUT ROWID;
    `);
    this.#statements = prepareStatements(db);
  }

  apply({ owner, commit }: AppliedCommit): void {
    for (const event of commit.events.filter(isRepoEvent)) {
      const id = event.data.repository_id;
      const after = evolveRepo(this.#read(owner, id), event);
      if (after) this.#statements.write.run(owner, id, isActive(after.job) ? 1 : 0, JSON.stringify(after));
      else this.#statements.remove.run(owner, id);
    }
  }

  readerOf(owner: string): RepoFactsReader {
    return {
      byId: (id) => this.#read(owner, id),
      activeJobs: () => this.#statements.countActive.get(owner) as number,
    };
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
    write: db.prepare('INSERT OR REPLACE INTO repository VALUES (?, ?, ?, ?)'),
    remove: db.prepare('DELETE FROM repository WHERE owner = ? AND id = ?'),
  };
}
