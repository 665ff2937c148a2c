import { isAccountEvent } from '@memlane/contracts';
import { evolveAccount, type AccountFactsReader, type ApiKey } from '@memlane/domain';
import type { Database } from 'better-sqlite3';
import type { AppliedCommit, FactsTable } from './facts-table.js';

/** The accounts of a partition and their keys. */
export class AccountFactsTable implements FactsTable {
  readonly kind = 'account';
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    db.exec(`
      CREATE TABLE IF NOT EXISTS account (owner TEXT PRIMARY KEY) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS api_key (
        owner TEXT NOT NULL, id TEXT NOT NULL, expires_at TEXT, facts TEXT NOT NULL, PRIMARY KEY (owner, id)
      ) WITHOUT ROWID;
    `);
    this.#statements = prepareStatements(db);
  }

  apply({ owner, commit }: AppliedCommit): void {
    for (const event of commit.events.filter(isAccountEvent)) {
      this.#statements.addAccount.run(owner);
      if (event.type === 'account-created') continue;
      const { id } = event.data;
      const before = this.#read(owner, id);
      const after = evolveAccount(before && new Map([[id, before]]), event, commit.at).get(id);
      if (after) this.#statements.write.run(owner, id, after.expiresAt, JSON.stringify(after));
      else this.#statements.remove.run(owner, id);
    }
  }

  readerOf(owner: string): AccountFactsReader {
    return {
      exists: () => this.#statements.findAccount.get(owner) !== undefined,
      key: (id) => this.#read(owner, id),
      countKeys: (now) => this.#statements.count.get(owner, now) as number,
    };
  }

  #read(owner: string, id: string): ApiKey | undefined {
    const facts = this.#statements.byId.get(owner, id) as string | undefined;
    return facts === undefined ? undefined : (JSON.parse(facts) as ApiKey);
  }
}

function prepareStatements(db: Database) {
  return {
    findAccount: db.prepare('SELECT 1 FROM account WHERE owner = ?').pluck(),
    addAccount: db.prepare('INSERT OR IGNORE INTO account VALUES (?)'),
    byId: db.prepare('SELECT facts FROM api_key WHERE owner = ? AND id = ?').pluck(),
    count: db
      .prepare('SELECT count(*) FROM api_key WHERE owner = ? AND (expires_at IS NULL OR expires_at > ?)')
      .pluck(),
    write: db.prepare('INSERT OR REPLACE INTO api_key VALUES (?, ?, ?, ?)'),
    remove: db.prepare('DELETE FROM api_key WHERE owner = ? AND id = ?'),
  };
}
