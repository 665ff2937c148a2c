import type { Db } from './open-db.js';
import { prepareOnce } from './statements.js';

/** How far a projection has come, and in which incarnation of which stream. */
export interface Checkpoint {
  readonly stream: string;
  /** When the stream was created, as the server reports it. */
  readonly streamCreated: string;
  /** Sequence of the last commit that is applied. */
  readonly seq: number;
  /** Message id of that commit: tells whether the log still holds what was applied. */
  readonly msgId: string;
}

export const checkpointSchema = `
  CREATE TABLE IF NOT EXISTS checkpoint (
    projection TEXT PRIMARY KEY,
    stream TEXT NOT NULL,
    stream_created TEXT NOT NULL,
    seq INTEGER NOT NULL,
    msg_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`;

/** Another writer has moved the checkpoint: this one must stop, its transaction is void. */
export class CheckpointMovedError extends Error {
  constructor(projection: string, seq: number) {
    super(`the checkpoint of projection ${projection} is no longer at ${seq}: another writer owns the file`);
    this.name = 'CheckpointMovedError';
  }
}

/** The log no longer holds what was applied: the projection must be rebuilt. */
export class LogRegressedError extends Error {
  constructor(reason: string) {
    super(`the log is not the one that this projection was built from: ${reason}`);
    this.name = 'LogRegressedError';
  }
}

/** @returns `undefined` before the first batch */
export function readCheckpoint(db: Db, projection: string): Checkpoint | undefined {
  const row = prepareOnce<{ stream: string; stream_created: string; seq: number; msg_id: string }>(
    db,
    'SELECT stream, stream_created, seq, msg_id FROM checkpoint WHERE projection = ?',
  ).get(projection);
  return row && { stream: row.stream, streamCreated: row.stream_created, seq: row.seq, msgId: row.msg_id };
}

/**
 * Moves the checkpoint by compare-and-swap; belongs into the transaction of the rows that it accounts for.
 *
 * @param previous what the caller read before; `undefined` before the first batch
 * @throws CheckpointMovedError when the stored checkpoint is another one
 */
export function advanceCheckpoint(
  db: Db,
  projection: string,
  previous: Checkpoint | undefined,
  next: Checkpoint,
): void {
  const { changes } = previous
    ? prepareOnce(
        db,
        `UPDATE checkpoint SET stream = ?, stream_created = ?, seq = ?, msg_id = ?
         WHERE projection = ? AND stream_created = ? AND seq = ?`,
      ).run(next.stream, next.streamCreated, next.seq, next.msgId, projection, previous.streamCreated, previous.seq)
    : prepareOnce(
        db,
        `INSERT INTO checkpoint (stream, stream_created, seq, msg_id, projection)
         VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      ).run(next.stream, next.streamCreated, next.seq, next.msgId, projection);
  if (changes === 0) throw new CheckpointMovedError(projection, previous?.seq ?? 0);
}
