import { streams, subjects, type Outcome } from '@memlane/contracts';
import { publishWithRetry, type EventLog } from '@memlane/event-log';
import { JetStreamApiError } from '@nats-io/jetstream';

/**
 * The durable memory of outcomes that made no commit (ADR 0002): rejections, and answers that changed nothing. The first
 * one that is written for a command holds.
 */
export async function writeOutcome(log: EventLog, partition: number, outcome: Outcome): Promise<Outcome> {
  const subject = subjects.outcome(partition, outcome.commandId);
  try {
    const ack = await publishWithRetry(log.js, subject, new TextEncoder().encode(JSON.stringify(outcome)), {
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

export async function readOutcome(log: EventLog, partition: number, commandId: string): Promise<Outcome | undefined> {
  const message = await log.jsm.direct.getMessage(streams.outcomes, {
    last_by_subj: subjects.outcome(partition, commandId),
  });
  return message?.json<Outcome>();
}
