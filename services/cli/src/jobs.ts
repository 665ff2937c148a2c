import { runOperatorCommand } from '@memlane/auth';
import {
  codeQueries,
  headers,
  limit,
  live,
  MemlaneError,
  repositoryOf,
  type CodeQueryInput,
  type ErrorBody,
  type JobView,
  type QueryRequest,
} from '@memlane/contracts';
import { listJobs, ownersOfRepositories, readJob, type EventLog } from '@memlane/event-log';
import { describeJob } from './describe-job.js';
import { withLog } from './nats-access.js';
import type { Request } from './options.js';

type JobsRequest = Extract<Request, { command: `jobs-${string}` }>;

/** Lists, shows, cancels and retries the syncs of users' repositories. */
export function runJobs(request: JobsRequest, write: (line: string) => void): Promise<void> {
  return withLog(request.env, async (log) => {
    const tell = (owner: string, job: JobView) => {
      write(request.json ? JSON.stringify({ owner, ...job }) : describeJob(owner, job));
    };
    if (request.command === 'jobs-list') {
      const owners = request.owner === undefined ? await ownersOfRepositories(log) : [request.owner];
      for (const owner of owners) for (const job of await listJobs(log, owner)) tell(owner, job);
      return;
    }
    const { command, owner, id } = request;
    const payload = { repository_id: repositoryOf(id), job_id: id };
    switch (command) {
      case 'jobs-show': {
        const { repository_id } = payload;
        const { jobs } = await askHistory(log, owner, { repository_id, limit: limit('jobs_listed') });
        // The index knows earlier jobs, the log how the last one is at this moment.
        tell(owner, await readJob(log, owner, id).catch(orOneOf(jobs, id)));
        for (const job of jobs.filter((other) => other.id !== id)) tell(owner, job);
        return;
      }
      case 'jobs-cancel':
        await runOperatorCommand(log, { owner, type: 'cancel-sync', payload });
        tell(owner, await readJob(log, owner, id));
        return;
      case 'jobs-retry': {
        const { result } = await runOperatorCommand(log, { owner, type: 'retry-sync', payload });
        tell(owner, await readJob(log, owner, result.job_id));
      }
    }
  });
}

function orOneOf(jobs: readonly JobView[], id: string): (error: unknown) => JobView {
  return (error) => {
    const found = jobs.find((job) => job.id === id);
    if (found) return found;
    throw error;
  };
}

async function askHistory(log: EventLog, owner: string, input: CodeQueryInput<'list-syncs'>) {
  const request: QueryRequest<typeof input> = { owner, input };
  const reply = await log.nc.request(live.codeQuery('list-syncs'), JSON.stringify(request), {
    timeout: limit('query_timeout_ms'),
  });
  if (reply.headers?.has(headers.error)) throw new MemlaneError(reply.json<ErrorBody>());
  return codeQueries['list-syncs'].answer.parse(reply.json());
}
