import { isTeamEvent } from '@memlane/contracts';
import type { TeamFactsReader } from '@memlane/domain';
import type { Database } from 'better-sqlite3';
import type { AppliedCommit, FactsTable } from './facts-table.js';

/** The teams of a partition and their members. */
export class TeamFactsTable implements FactsTable {
  readonly kind = 'account';
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    db.exec(`
      CREATE TABLE IF NOT EXISTS team (owner TEXT PRIMARY KEY) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS team_member (
        owner TEXT NOT NULL, member TEXT NOT NULL, PRIMARY KEY (owner, member)
      ) WITHOUT ROWID;
    `);
    this.#statements = prepareStatements(db);
  }

  apply({ owner, commit }: AppliedCommit): void {
    for (const { type, data } of commit.events.filter(isTeamEvent)) {
      if (type === 'team-created') this.#statements.add.run(owner);
      else if (type === 'team-member-added') this.#statements.addMember.run(owner, data.member);
      else this.#statements.removeMember.run(owner, data.member);
    }
  }

  readerOf(owner: string): TeamFactsReader {
    return {
      exists: () => this.#statements.find.get(owner) !== undefined,
      isMember: (user) => this.#statements.findMember.get(owner, user) !== undefined,
      countMembers: () => this.#statements.count.get(owner) as number,
    };
  }
}

function prepareStatements(db: Database) {
  return {
    find: db.prepare('SELECT 1 FROM team WHERE owner = ?').pluck(),
    add: db.prepare('INSERT OR IGNORE INTO team VALUES (?)'),
    findMember: db.prepare('SELECT 1 FROM team_member WHERE owner = ? AND member = ?').pluck(),
    count: db.prepare('SELECT count(*) FROM team_member WHERE owner = ?').pluck(),
    addMember: db.prepare('INSERT OR IGNORE INTO team_member VALUES (?, ?)'),
    removeMember: db.prepare('DELETE FROM team_member WHERE owner = ? AND member = ?'),
  };
}
