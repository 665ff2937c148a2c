import type { JobView } from '@memlane/contracts';

/** A job as one line: whose it is, how it is, how far it is or what it did. */
export function describeJob(owner: string, job: JobView): string {
  const { id, state, repository, trigger, ended_at: endedAt } = job;
  return [id, owner, state, repository ?? '-', trigger ?? '-', endedAt ?? '-', describeWork(job)].join('\t');
}

function describeWork(job: JobView): string {
  const { phase, done, total, rate, eta_seconds: eta, reason, message, commit } = job;
  if (phase !== 'ended') {
    const left = eta === null ? '' : `, ${eta} s left`;
    return total === 0 ? phase : `${phase} ${done} of ${total}, ${rate}/s${left}`;
  }
  if (reason !== undefined) return message === undefined ? reason : `${reason}: ${message}`;
  const counts = (['added', 'changed', 'files', 'removed', 'skipped'] as const).flatMap((name) => {
    const count = job[name];
    return count === undefined ? [] : [`${count} ${name}`];
  });
  return commit === undefined ? '-' : [`at ${commit.slice(0, 12)}`, ...counts].join(', ');
}
