import { headers, streams, streamSubjects } from '@memlane/contracts';
import type { EventLog, FeedItem } from '@memlane/event-log';
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
  const from = state.checkpoint()?.seq ?? 0;
  // The last sequence is no end to wait for: the commits up to it may have been purged.
  const next = { seq: from + 1, next_by_subj: streamSubjects.events(partition) };
  if (!(await log.jsm.streams.getMessage(streams.events(partition), next))) return;
  const feed = log.commits(partition, { afterSeq: from });
  let batch: FeedItem[] = [];
  let after = from;
  try {
    for await (const item of feed) {
      batch.push(item);
      if (batch.length < BATCH && item.pending > 0) continue;
      state.apply(log.streamCreated(partition), batch, after);
      batch = [];
      after = item.seq;
      if (item.pending === 0) break;
    }
  } finally {
    await feed.stop();
  }
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
