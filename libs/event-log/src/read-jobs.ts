import {
  commitSchema,
  formatPosition,
  limit,
  live,
  memlaneError,
  partitionOf,
  repositoryOf,
  streams,
  subjects,
  type JobProgress,
  type JobState,
  type JobView,
} from '@memlane/contracts';
import type { EventLog } from './open-log.js';
import { upcastCommit } from './upcast-event.js';

const ASK_MS = 1_000;
/** Reads that are under way at once: what is read of a job that runs may be large. */
const READ_AT_ONCE = 20;

/** What an event that is the last one of a repository says about its job. */
const stateAfter: Readonly<Record<string, JobState>> = {
  'repository-sync-requested': 'queued',
  'repository-synced': 'done',
  'repository-sync-failed': 'failed',
  'repository-sync-cancelled': 'cancelled',
};

/** A job, and where in the log it is so: who has read up to there has seen what the job did until then. */
export interface JobAt {
  readonly job: JobView;
  readonly position: string;
}

/** The last job of a repository as the log has it, with the progress of the worker that runs it. */
async function readLastJob(log: EventLog, owner: string, repositoryId: string): Promise<JobAt | undefined> {
  const partition = partitionOf(owner, log.partitions);
  const subject = subjects.event(partition, owner, `repo-${repositoryId}`);
  const message = await log.jsm.streams.getMessage(streams.events(partition), { last_by_subj: subject });
  if (!message) return undefined;
  const commit = upcastCommit(commitSchema.parse(message.json()));
  const event = commit.events.at(-1);
  if (!event || !('job_id' in event.data)) return undefined;
  const position = positionOf(log, owner, message.seq);
  const state = stateAfter[event.type] ?? 'running';
  const ended = state !== 'queued' && state !== 'running';
  const known: JobView = {
    id: event.data.job_id,
    repository_id: repositoryId,
    ...(await readName(log, partition, subject)),
    state,
    phase: ended ? 'ended' : 'queued',
    done: 0,
    total: 0,
    rate: 0,
    eta_seconds: null,
    ...(ended && { ended_at: commit.at }),
  };
  if (event.type === 'repository-sync-failed')
    return { position, job: { ...known, reason: event.data.reason, message: event.data.message } };
  if (event.type === 'repository-synced') {
    const { commit, counts } = event.data;
    const looked = counts.files + counts.skipped + counts.removed;
    const { files, skipped, removed } = counts;
    return { position, job: { ...known, done: looked, total: looked, commit, files, skipped, removed } };
  }
  return { position, job: ended ? known : { ...known, ...(await askWorker(log, known.id)) } };
}

/** The name of a repository is in its first event, and the same for ever: its id is made from it. */
async function readName(log: EventLog, partition: number, subject: string): Promise<Pick<JobView, 'repository'>> {
  const first = { seq: 1, next_by_subj: subject };
  const message = await log.jsm.streams.getMessage(streams.events(partition), first);
  const event = message && upcastCommit(commitSchema.parse(message.json())).events[0];
  return event?.type === 'repository-sync-requested' ? { repository: event.data.name } : {};
}

/** `undefined` while no worker has the job. */
async function askWorker(log: EventLog, id: string): Promise<JobProgress | undefined> {
  try {
    return (await log.nc.request(live.job(id), undefined, { timeout: ASK_MS })).json<JobProgress>();
  } catch {
    return undefined;
  }
}

/** @throws MemlaneError `MEMLANE_ERR_NOT_FOUND`, also for a job that is no longer the last of its repository */
export async function readJobAt(log: EventLog, owner: string, id: string): Promise<JobAt> {
  const last = await readLastJob(log, owner, repositoryOf(id));
  if (last?.job.id !== id) throw memlaneError('MEMLANE_ERR_NOT_FOUND', undefined, { field: 'id' });
  return last;
}

/** As {@link readJobAt}, without where. */
export async function readJob(log: EventLog, owner: string, id: string): Promise<JobView> {
  return (await readJobAt(log, owner, id)).job;
}

/** The last job of each repository of an owner, newest first, at most `jobs_listed`. */
export async function listJobs(log: EventLog, owner: string): Promise<JobView[]> {
  const partition = partitionOf(owner, log.partitions);
  const { state } = await log.jsm.streams.info(streams.events(partition), {
    subjects_filter: subjects.event(partition, owner, '*'),
  });
  const ids = Object.keys(state.subjects ?? {}).flatMap((subject) => {
    const [, id] = subject.split('.repo-');
    return id === undefined ? [] : [id];
  });
  const jobs: JobView[] = [];
  for (let from = 0; from < ids.length; from += READ_AT_ONCE) {
    const some = ids.slice(from, from + READ_AT_ONCE).map((id) => readLastJob(log, owner, id));
    jobs.push(...(await Promise.all(some)).flatMap((last) => last?.job ?? []));
  }
  // What stands behind the id of the repository grows with time.
  return jobs.sort((a, b) => (a.id.slice(16) < b.id.slice(16) ? 1 : -1)).slice(0, limit('jobs_listed'));
}

/** Owners that have repositories, by name. */
export async function ownersOfRepositories(log: EventLog): Promise<string[]> {
  const owners = new Set<string>();
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const { state } = await log.jsm.streams.info(streams.events(partition), {
      subjects_filter: subjects.event(partition, '*', '*'),
    });
    for (const subject of Object.keys(state.subjects ?? {})) {
      const [, , owner = '', aggregate = ''] = subject.split('.');
      if (aggregate.startsWith('repo-')) owners.add(owner);
    }
  }
  return [...owners].sort();
}

/** The position of a sequence of an owner's log. */
export function positionOf(log: EventLog, owner: string, seq: number): string {
  const partition = partitionOf(owner, log.partitions);
  return formatPosition({ partition, epoch: log.epoch(partition), seq });
}
