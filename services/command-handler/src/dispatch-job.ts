import {
  jobCommands,
  jobKinds,
  subjects,
  type Command,
  type CommandResults,
  type Job,
  type Outcome,
} from '@memlane/contracts';
import { publishWithRetry, type EventLog } from '@memlane/event-log';

/**
 * Puts the job of an accepted command into the queue. Before the command is acknowledged, and again whenever it is
 * repeated: a message too many finds its job ended, one too few would leave it waiting for ever.
 */
export async function dispatchJob(log: EventLog, partition: number, command: Command, outcome: Outcome): Promise<void> {
  if (outcome.status !== 'accepted') return;
  const job = jobOf(command, outcome.result);
  if (!job) return;
  const msgID = job.kind === 'sync' ? job.job_id : `purge-${job.store}`;
  const subject = subjects.job(jobKinds.repository, partition, command.owner);
  await publishWithRetry(log.js, subject, new TextEncoder().encode(JSON.stringify(job)), { msgID });
}

function jobOf({ type, owner }: Command, result: unknown): Job | undefined {
  if (!jobCommands.some((known) => known === type)) return undefined;
  if (type === 'remove-repository') return { kind: 'purge', owner, ...(result as CommandResults['remove-repository']) };
  const { repository_id, job_id } = result as CommandResults['auto-sync'];
  return job_id === undefined ? undefined : { kind: 'sync', owner, repository_id, job_id };
}
