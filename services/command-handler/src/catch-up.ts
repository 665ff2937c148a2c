import { headers, streams } from '@memlane/contracts';
import type { CommitItem, EventLog } from '@memlane/event-log';
import type { DecisionState, ReadOutcome } from './decision-state.js';
import { readOutcomes } from './outcome-store.js';
import { seqOf } from './remembered-outcome.js';

const BATCH = 256;

/** Whether the log still holds what the state was built from. */
export async function belongsToLog(log: EventLog, partition: number, state: DecisionState): Promise<boolean> {
  const checkpoint = state.checkpoint();
  if (!checkpoint) return true;
  if (checkpoint.streamCreated !== log.streamCreated(partition)) return false;
  if ((await log.lastSeq(partition)) < checkpoint.seq) return false;
  const message = await log.jsm.direct.getMessage(streams.events(partition), { seq: checkpoint.seq });
  return !message || message.header.get(headers.msgId) === checkpoint.msgId;
}

/**
 * Takes in everything that anybody has decided up to now: commits first, since a commit outweighs an answer without one.
 *
 * @param outcomesCreated when the stream of outcomes was created
 */
export async function catchUp(
  log: EventLog,
  partition: number,
  state: DecisionState,
  outcomesCreated: string,
): Promise<void> {
  await catchUpCommits(log, partition, state);
  await catchUpOutcomes(log, partition, state, outcomesCreated);
}

async function catchUpCommits(log: EventLog, partition: number, state: DecisionState): Promise<void> {
  let batch: CommitItem[] = [];
  let after = state.checkpoint()?.seq ?? 0;
  const keep = () => {
    state.apply(log.streamCreated(partition), batch, after);
    after = batch.at(-1)?.seq ?? after;
    batch = [];
  };
  for await (const item of log.commitsToEnd(partition, after)) {
    batch.push(item);
    if (batch.length === BATCH) keep();
  }
  if (batch.length > 0) keep();
}

async function catchUpOutcomes(
  log: EventLog,
  partition: number,
  state: DecisionState,
  outcomesCreated: string,
): Promise<void> {
  let batch: ReadOutcome[] = [];
  let after = state.outcomesSeq(outcomesCreated);
  const keep = () => {
    state.rememberAll(outcomesCreated, batch, after);
    after = batch.at(-1)?.outSeq ?? after;
    batch = [];
  };
  for await (const { outcome, ...item } of readOutcomes(log, partition, after)) {
    batch.push({ ...item, outcome: { ...outcome, seq: seqOf(outcome) } });
    if (batch.length === BATCH) keep();
  }
  keep();
}
