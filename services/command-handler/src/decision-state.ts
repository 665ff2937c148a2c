import { kindOfAggregate, type Outcome } from '@memlane/contracts';
import type { OwnerFacts } from '@memlane/domain';
import type Database from 'better-sqlite3';
import { AccountFactsTable } from './account-facts-table.js';
import { openDecisionDb } from './decision-schema.js';
import type { AppliedCommit, FactsTable } from './facts-table.js';
import { MemoryFactsTable } from './memory-facts-table.js';
import { RepoFactsTable, type DueSync } from './repo-facts-table.js';
import { SharingFactsTable } from './sharing-facts-table.js';
import { TeamFactsTable } from './team-facts-table.js';

/**
 * What is taken in is written to the file together: so many commits, or what comes within so many ms. One transaction
 * for each command would write the same pages again and again.
 */
const GROUP = 256;
const GROUP_MS = 200;

/** Where the state stands in its event stream. */
export interface DecisionCheckpoint {
  readonly streamCreated: string;
  readonly seq: number;
  readonly msgId: string;
}

/** An outcome without its position's text: what is kept of it. */
export type RememberedOutcome = Pick<Outcome, 'commandId' | 'fingerprint'> & { readonly seq: number } & (
    | { readonly status: 'accepted'; readonly result: unknown }
    | { readonly status: 'rejected'; readonly error: Extract<Outcome, { status: 'rejected' }>['error'] }
  );

/** An outcome that made no commit, and its sequence in the stream of outcomes. */
export interface ReadOutcome {
  readonly owner: string;
  readonly outcome: RememberedOutcome;
  readonly at: string;
  readonly outSeq: number;
}

/**
 * What the command handler decides on, one file per partition: facts of memories, last sequences, outcomes. All of it
 * follows from the log, so the file may be deleted, and a crash may cost it its last commits: they are read again from
 * the log, since the checkpoint goes with them.
 */
export class DecisionState {
  readonly #db: Database.Database;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #memory: MemoryFactsTable;
  readonly #account: AccountFactsTable;
  readonly #repo: RepoFactsTable;
  readonly #sharing: SharingFactsTable;
  readonly #team: TeamFactsTable;
  /** Every kind of aggregate that decisions look at. */
  readonly #tables: readonly FactsTable[];
  readonly #onLost: (error: unknown) => void;
  #checkpoint: DecisionCheckpoint | undefined;
  /** Commits of the open transaction, and when it is to end. */
  #ungrouped = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param onLost what was taken in since the last write to the file is gone: the log has to be asked again
   * @throws SqliteError, see `isDamaged`, when the file is not a sound database
   */
  constructor(path: string, onLost: (error: unknown) => void = () => undefined) {
    this.#db = openDecisionDb(path);
    this.#onLost = onLost;
    this.#statements = prepareStatements(this.#db);
    this.#memory = new MemoryFactsTable(this.#db);
    this.#account = new AccountFactsTable(this.#db);
    this.#repo = new RepoFactsTable(this.#db);
    this.#sharing = new SharingFactsTable(this.#db);
    this.#team = new TeamFactsTable(this.#db);
    this.#tables = [this.#memory, this.#account, this.#repo, this.#sharing, this.#team];
    this.#checkpoint = this.#readCheckpoint();
  }

  /** The facts of one owner, as a decision reads them. */
  factsOf(owner: string): OwnerFacts {
    return {
      owner,
      memory: this.#memory.readerOf(owner),
      account: this.#account.readerOf(owner),
      repo: this.#repo.readerOf(owner),
      sharing: this.#sharing.readerOf(owner),
      team: this.#team.readerOf(owner),
    };
  }

  /** Repositories that are to sync by themselves. @param now ISO 8601 UTC */
  dueSyncs(now: string, limit: number): DueSync[] {
    return this.#repo.due(now, limit);
  }

  checkpoint(): DecisionCheckpoint | undefined {
    return this.#checkpoint;
  }

  /** Sequence of the owner's last commit on an aggregate, 0 for none: what compare-and-swap expects. */
  lastSubjectSeq(owner: string, aggregate: string): number {
    return (this.#statements.readSubject.get(owner, aggregate) as { seq: number } | undefined)?.seq ?? 0;
  }

  /** Sequence of the owner's last commit on any aggregate, 0 for none. */
  lastOwnerSeq(owner: string): number {
    return (this.#statements.readOwner.get(owner) as { seq: number | null }).seq ?? 0;
  }

  outcome(owner: string, commandId: string): RememberedOutcome | undefined {
    const row = this.#statements.readOutcome.get(owner, commandId) as OutcomeRow | undefined;
    if (!row) return undefined;
    const common = { commandId, fingerprint: row.fingerprint, seq: row.seq };
    const body: unknown = JSON.parse(row.body);
    return row.status === 'accepted'
      ? { ...common, status: 'accepted', result: body }
      : { ...common, status: 'rejected', error: body as Extract<Outcome, { status: 'rejected' }>['error'] };
  }

  /** Keeps an outcome that made no commit. */
  remember(owner: string, outcome: RememberedOutcome, at: string): void {
    this.#takeIn(1, () => this.#writeOutcome(owner, outcome, at));
  }

  #writeOutcome(owner: string, outcome: RememberedOutcome, at: string): void {
    const body = outcome.status === 'accepted' ? outcome.result : outcome.error;
    this.#statements.writeOutcome.run({
      owner,
      command_id: outcome.commandId,
      fingerprint: outcome.fingerprint,
      status: outcome.status,
      body: JSON.stringify(body),
      seq: outcome.seq,
      at,
    });
  }

  /**
   * Applies commits in order, and moves the checkpoint in the same transaction; what is applied already is skipped.
   *
   * @param after sequence of the commit that they follow, 0 for none
   * @throws Error when that one is not applied, or not any more: the state has lost it meanwhile
   */
  apply(streamCreated: string, items: readonly AppliedCommit[], after: number): void {
    this.#takeIn(items.length, () => {
      if ((this.#checkpoint?.seq ?? 0) < after) throw new Error('the commits before these are not applied');
      let checkpoint = this.#checkpoint;
      for (const item of items) {
        if (item.seq <= (checkpoint?.seq ?? 0)) continue;
        this.#applyOne(item);
        checkpoint = { streamCreated, seq: item.seq, msgId: item.msgId };
      }
      if (checkpoint) this.#statements.writeCheckpoint.run(checkpoint.streamCreated, checkpoint.seq, checkpoint.msgId);
      this.#checkpoint = checkpoint;
    });
  }

  /** How far the stream of outcomes is known, in which incarnation of it; 0 for not at all. */
  outcomesSeq(streamCreated: string): number {
    const row = this.#statements.readOutcomesSeq.get(streamCreated) as { seq: number } | undefined;
    return row?.seq ?? 0;
  }

  /**
   * Keeps outcomes that were read from their stream.
   *
   * @param after sequence of the outcome that they follow there, 0 for none
   * @throws Error when that one is not known, or not any more: the state has lost it meanwhile
   */
  rememberAll(streamCreated: string, items: readonly ReadOutcome[], after: number): void {
    const last = items.at(-1);
    if (!last) return;
    this.#takeIn(items.length, () => {
      if (this.outcomesSeq(streamCreated) < after) throw new Error('the outcomes before these are not known');
      for (const { owner, outcome, at } of items) this.#writeOutcome(owner, outcome, at);
      this.#statements.writeOutcomesSeq.run(streamCreated, last.outSeq);
    });
  }

  /** Forgets outcomes that no repetition can ask for any more. @param before ISO 8601 UTC */
  forgetOutcomes(before: string): void {
    this.#takeIn(0, () => this.#statements.forgetOutcomes.run(before));
  }

  /** Writes to the file what was taken in; by itself it happens a moment later. */
  flush(): void {
    if (!this.#db.inTransaction) return;
    try {
      this.#statements.commit.run();
      this.#endGroup();
    } catch (error) {
      this.#lose(error);
    }
  }

  #takeIn(commits: number, write: () => void): void {
    if (!this.#db.inTransaction) {
      this.#statements.begin.run();
      this.#timer = setTimeout(() => this.flush(), GROUP_MS).unref();
    }
    try {
      write();
    } catch (error) {
      this.#lose(error);
      throw error;
    }
    this.#ungrouped += commits;
    if (this.#ungrouped >= GROUP) this.flush();
  }

  #endGroup(): void {
    clearTimeout(this.#timer);
    this.#ungrouped = 0;
  }

  #lose(error: unknown): void {
    this.#endGroup();
    if (this.#db.inTransaction) this.#statements.rollback.run();
    this.#checkpoint = this.#readCheckpoint();
    this.#onLost(error);
  }

  #readCheckpoint(): DecisionCheckpoint | undefined {
    return this.#statements.readCheckpoint.get() as DecisionCheckpoint | undefined;
  }

  #applyOne(item: AppliedCommit): void {
    const { seq, owner, aggregate, commit } = item;
    const kind = kindOfAggregate(aggregate);
    for (const table of this.#tables) if (table.kind === kind) table.apply(item);
    this.#statements.writeSubject.run(owner, aggregate, seq);
    const { commandId, fingerprint, result } = commit;
    this.#writeOutcome(owner, { status: 'accepted', commandId, fingerprint, result, seq }, commit.at);
  }

  close(): void {
    this.flush();
    this.#db.close();
  }

  /** Closes it without writing what was taken in: its file is damaged, or nobody will read it. */
  abandon(): void {
    clearTimeout(this.#timer);
    this.#db.close();
  }
}

interface OutcomeRow {
  readonly fingerprint: string;
  readonly status: 'accepted' | 'rejected';
  readonly body: string;
  readonly seq: number;
}

function prepareStatements(db: Database.Database) {
  return {
    readCheckpoint: db.prepare('SELECT stream_created AS streamCreated, seq, msg_id AS msgId FROM checkpoint'),
    writeCheckpoint: db.prepare('INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?, ?)'),
    readSubject: db.prepare('SELECT seq FROM subject WHERE owner = ? AND aggregate = ?'),
    readOwner: db.prepare('SELECT max(seq) AS seq FROM subject WHERE owner = ?'),
    writeSubject: db.prepare('INSERT OR REPLACE INTO subject VALUES (?, ?, ?)'),
    readOutcome: db.prepare('SELECT fingerprint, status, body, seq FROM outcome WHERE owner = ? AND command_id = ?'),
    writeOutcome: db.prepare(
      `INSERT OR IGNORE INTO outcome VALUES (@owner, @command_id, @fingerprint, @status, @body, @seq, @at)`,
    ),
    readOutcomesSeq: db.prepare('SELECT seq FROM outcomes_read WHERE stream_created = ?'),
    writeOutcomesSeq: db.prepare('INSERT OR REPLACE INTO outcomes_read VALUES (1, ?, ?)'),
    // Oldest first they were kept: without an index, no more is read than is forgotten.
    forgetOutcomes: db.prepare(
      `DELETE FROM outcome WHERE rowid <
         coalesce((SELECT rowid FROM outcome WHERE at >= ? ORDER BY rowid LIMIT 1), 9223372036854775807)`,
    ),
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
  };
}
