import type { AggregateKind, Commit } from '@memlane/contracts';

/** A commit and where it lies in the log. */
export interface AppliedCommit {
  readonly seq: number;
  readonly msgId: string;
  readonly owner: string;
  readonly aggregate: string;
  readonly commit: Commit;
}

/** Keeps what decisions on one kind of aggregate look at. */
export interface FactsTable {
  readonly kind: AggregateKind;
  /** Takes in a commit on an aggregate of this kind; runs inside the transaction that moves the checkpoint. */
  apply(item: AppliedCommit): void;
}
