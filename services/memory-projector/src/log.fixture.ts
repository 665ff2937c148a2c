import { createHash } from 'node:crypto';
import { partitionOf, streams, type MemoryEvent, type StoredCommit } from '@memlane/contracts';
import type { EventLog } from '@memlane/event-log';
import { advanceCheckpoint, openWriterDb } from '@memlane/projection';
import { applyCommits, digestReadModel, MEMORY_PROJECTION, prepareReadModel } from '@memlane/read-model';

let commits = 0;

/** Appends commits as the command handler does, knowing the last sequence of each owner. */
export function appendTo(log: EventLog): (owner: string, ...events: MemoryEvent[]) => Promise<number> {
  const lastSeqs = new Map<string, number>();
  return async (owner, ...events) => {
    const commit: StoredCommit = {
      v: 1,
      commandId: `command-${++commits}-${process.pid}`,
      fingerprint: '',
      owner,
      actor: 'key',
      client: 'test',
      at: new Date().toISOString(),
      correlationId: 'test',
      events: events.map(({ type, data }, index) => ({ id: `e${commits}-${index}`, type, v: 1, data })),
      result: null,
    };
    const expectedLastSubjectSeq = lastSeqs.get(owner) ?? 0;
    const appended = await log.append(commit, { aggregate: 'memory', expectedLastSubjectSeq });
    if (!appended.ok) throw new Error(appended.reason);
    lastSeqs.set(owner, appended.seq);
    return appended.seq;
  };
}

export function stored(id: string, content: string, conversation: string | null = null): MemoryEvent {
  const content_hash = createHash('sha256').update(content).digest('hex');
  const rest = { type: null, tags: ['t'], metadata: {}, conversation_id: conversation, expires_at: null };
  return { type: 'memory-stored', data: { id, content, content_hash, ...rest } };
}

/** An owner whose lane is this partition. */
export function ownerIn(partition: number, partitions: number, name = 'owner'): string {
  for (let n = 0; ; n++) if (partitionOf(`${name}-${n}`, partitions) === partition) return `${name}-${n}`;
}

/** The digest that a read model of this partition must have: every commit of the log applied once, one by one. */
export async function digestOfLog(log: EventLog, partition: number): Promise<string> {
  const db = openWriterDb(':memory:');
  prepareReadModel(db);
  const end = await log.lastSeq(partition);
  const feed = log.commits(partition, { afterSeq: 0 });
  const stream = streams.events(partition);
  const streamCreated = log.streamCreated(partition);
  let msgId = '';
  if (end > 0)
    for await (const item of feed) {
      applyCommits(db, [item]);
      msgId = item.msgId;
      if (item.seq >= end) break;
    }
  await feed.stop();
  if (end > 0) advanceCheckpoint(db, MEMORY_PROJECTION, undefined, { stream, streamCreated, seq: end, msgId });
  const digest = digestReadModel(db);
  db.close();
  return digest;
}
