import { isSharingEvent } from '@memlane/contracts';
import { evolveShare, type Share, type SharingFactsReader } from '@memlane/domain';
import type { Database } from 'better-sqlite3';
import type { AppliedCommit, FactsTable } from './facts-table.js';

/** Who has access to which space of whom, for all owners of a partition. */
export class SharingFactsTable implements FactsTable {
  readonly kind = 'account';
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    db.exec(`
      CREATE TABLE IF NOT EXISTS share (
        owner TEXT NOT NULL, tag TEXT NOT NULL, grantee TEXT NOT NULL, access TEXT NOT NULL,
        PRIMARY KEY (owner, tag, grantee)
      ) WITHOUT ROWID;
    `);
    this.#statements = prepareStatements(db);
  }

  apply({ owner, commit }: AppliedCommit): void {
    for (const event of commit.events.filter(isSharingEvent)) {
      const share = evolveShare(event);
      if (share) this.#statements.write.run({ ...share, owner });
      else this.#statements.remove.run(owner, event.data.tag, event.data.grantee);
    }
  }

  readerOf(owner: string): SharingFactsReader {
    return {
      share: (tag, grantee) => this.#statements.one.get(owner, tag, grantee) as Share | undefined,
      sharesOf: (tag) => this.#statements.ofTag.all(owner, tag) as Share[],
      count: () => this.#statements.count.get(owner) as number,
    };
  }
}

function prepareStatements(db: Database) {
  return {
    one: db.prepare('SELECT tag, grantee, access FROM share WHERE owner = ? AND tag = ? AND grantee = ?'),
    ofTag: db.prepare('SELECT tag, grantee, access FROM share WHERE owner = ? AND tag = ? ORDER BY grantee'),
    count: db.prepare('SELECT count(*) FROM share WHERE owner = ?').pluck(),
    write: db.prepare('INSERT OR REPLACE INTO share VALUES (@owner, @tag, @grantee, @access)'),
    remove: db.prepare('DELETE FROM share WHERE owner = ? AND tag = ? AND grantee = ?'),
  };
}
