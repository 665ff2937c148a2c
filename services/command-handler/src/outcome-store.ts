import { streams, subjects, type Outcome } from '@memlane/contracts';
import { publishWithRetry, type EventLog } from '@memlane/event-log';
import { JetStreamApiError } from '@nats-io/jetstream';

/** One message of the stream of outcomes. */
interface StoredOutcome {
  readonly owner: string;
  /** When it was decided, ISO 8601 UTC. */
  readonly at: string;
  readonly outcome: Outcome;
}

/** An outcome and its sequence in the stream of outcomes. */
export interface OutcomeItem extends StoredOutcome {
  readonly outSeq: number;
}

/**
 * The durable memory of outcomes that made no commit (ADR 0002): rejections, and answers that changed nothing. The first
 * one that is written for a command holds.
 */
export async function writeOutcome(log: EventLog, partition: number, stored: StoredOutcome): Promise<Outcome> {
  const { outcome } = stored;
  const subject = subjects.outcome(partition, outcome.commandId);
  try {
    const ack = await publishWithRetry(log.js, subject, new TextEncoder().encode(JSON.stringify(stored)), {
      msgID: `out-${outcome.commandId}`,
      expect: { lastSubjectSequence: 0 },
    });
    return ack.duplicate ? ((await readOutcome(log, partition, outcome.commandId)) ?? outcome) : outcome;
  } catch (error) {
    const first = error instanceof JetStreamApiError ? await readOutcome(log, partition, outcome.commandId) : undefined;
    if (first) return first;
    throw error;
  }
}

async function readOutcome(log: EventLog, partition: number, commandId: string): Promise<Outcome | undefined> {
  const message = await log.jsm.streams.getMessage(streams.outcomes, {
    last_by_subj: subjects.outcome(partition, commandId),
  });
  return message?.json<StoredOutcome>().outcome;
}

/** A partition's outcomes behind a sequence, oldest first, up to the end as it is now. */
export async function* readOutcomes(log: EventLog, partition: number, afterSeq: number): AsyncGenerator<OutcomeItem> {
  const part = { stream: streams.outcomes, filter: subjects.outcome(partition, '*'), afterSeq };
  for await (const message of log.readToEnd(part)) yield { ...(message.json() as StoredOutcome), outSeq: message.seq };
}
