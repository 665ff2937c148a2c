import { setTimeout } from 'node:timers/promises';
import type { EventLog } from '@memlane/event-log';
import { LogRegressedError, type Checkpoint } from './checkpoint.js';

/** How long to wait for the commit at the checkpoint; it is missing when its owner was erased. */
const READ_MS = 2_000;

/**
 * Checks that the log still holds what a projection has applied. After a power loss a log can end below the
 * checkpoint and give the same sequences to other commits.
 *
 * @throws LogRegressedError when it does not
 */
export async function verifyCheckpoint(log: EventLog, partition: number, checkpoint: Checkpoint): Promise<void> {
  if (checkpoint.streamCreated !== log.streamCreated(partition))
    throw new LogRegressedError(`${checkpoint.stream} was created anew`);
  const last = await log.lastSeq(partition);
  if (last < checkpoint.seq)
    throw new LogRegressedError(`${checkpoint.stream} ends at ${last}, before the checkpoint at ${checkpoint.seq}`);
  const first = await readFirst(log, partition, checkpoint.seq - 1);
  if (first?.seq === checkpoint.seq && first.msgId !== checkpoint.msgId)
    throw new LogRegressedError(`${checkpoint.stream} has another commit at ${checkpoint.seq}`);
}

async function readFirst(log: EventLog, partition: number, afterSeq: number) {
  const feed = log.commits(partition, { afterSeq });
  const timer = new AbortController();
  const first = (async () => {
    for await (const item of feed) return item;
    return undefined;
  })();
  try {
    return await Promise.race([first, setTimeout(READ_MS, undefined, { signal: timer.signal })]);
  } finally {
    timer.abort();
    await feed.stop();
  }
}
