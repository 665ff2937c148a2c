import { createHash } from 'node:crypto';
import { allows, type Credential } from '@memlane/auth';
import {
  codeQueries,
  memlaneError,
  MemlaneError,
  nameOfSource,
  parseSource,
  repositoryOf,
  type CommandPayload,
  type CommandResults,
  type jobsInput,
  type JobView,
  type RepoCommandType,
  type syncInput,
} from '@memlane/contracts';
import { listJobs, readJob, readJobAt } from '@memlane/event-log';
import type { z } from 'zod';
import { askCodeQuery, type ReadPath } from '../ask-query.js';
import { runCommand, type WritePath } from '../issue-command.js';
import { latestPosition } from '../latest-position.js';
import type { Admission } from '../limits/admit-operations.js';
import { lacksScope } from '../scope-refusal.js';
import { waitForJob, type JobWait } from './wait-for-job.js';

interface Paths {
  readonly write: WritePath;
  readonly readCode: ReadPath;
  readonly repositoryRoots: readonly string[];
  readonly admission: Pick<Admission, 'charge'>;
}

interface Call extends JobWait {
  readonly credential: Credential;
  readonly correlationId: string;
}

type WithKey<T> = T & { readonly idempotency_key?: string | undefined };

/** The same name is always the same repository of its owner. */
export function repositoryIdOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}

/**
 * Starts a sync or joins the one that runs; waits for its end when the caller can show progress or asks for it. The
 * position it answers includes what it says of the job: after the end, all that was synced.
 */
export async function syncRepository(
  paths: Paths,
  call: Call,
  input: WithKey<z.output<typeof syncInput>>,
): Promise<Record<string, unknown>> {
  const source = parseSource(input.source, paths.repositoryRoots);
  if (!source.ok) throw new MemlaneError(source.error);
  const name = input.name ?? nameOfSource(input.source);
  if (name === undefined) throw memlaneError('MEMLANE_ERR_INVALID_INPUT', 'name: is needed here', { field: 'name' });
  const payload = {
    repository_id: repositoryIdOf(name),
    name,
    source: source.value.kind === 'local' ? source.value.path : source.value.url,
    ref: input.ref ?? null,
    mode: input.mode,
    trigger: 'call',
  } as const;
  const { result, position } = await beginSync(paths, call, 'sync-repository', payload, input.idempotency_key);
  const positions = [position];
  if (input.every_minutes !== undefined) {
    const auto = { repository_id: payload.repository_id, every_minutes: input.every_minutes || null };
    positions.push((await issue(paths, call, 'set-auto-sync', auto)).position);
  }
  const { owner } = call.credential;
  const { log } = paths.write;
  const waits = input.wait ?? call.onProgress !== undefined;
  const at = waits ? await waitForJob(log, owner, result.job_id, call) : await readJobAt(log, owner, result.job_id);
  return {
    job: at.job,
    repository: name,
    joined: result.joined,
    position: latestPosition([...positions, at.position]),
  };
}

/** Removes a repository by its name. */
export async function removeRepository(
  paths: Paths,
  call: Call,
  { name, idempotency_key }: WithKey<{ readonly name: string }>,
): Promise<Record<string, unknown>> {
  const payload = { repository_id: repositoryIdOf(name) };
  const { result, position } = await issue(paths, call, 'remove-repository', payload, idempotency_key);
  return { repository_id: result.repository_id, position };
}

type JobsInput = z.output<typeof jobsInput>;

/** Lists jobs, looks at one, tells what earlier ones changed, cancels one, or starts one again. */
export async function runJobsTool(paths: Paths, call: Call, input: JobsInput): Promise<JobView[]> {
  const { action, id } = input;
  const { owner } = call.credential;
  const { log } = paths.write;
  if (action === 'list') return listJobs(log, owner);
  if (action === 'history') return readHistory(paths, owner, input);
  if (id === undefined) throw memlaneError('MEMLANE_ERR_INVALID_INPUT', 'id: is needed', { field: 'id' });
  if (action === 'get') return [await findJob(paths, owner, id)];
  if (!allows(call.credential, 'code:write')) throw lacksScope('code:write');
  const about = { repository_id: repositoryOf(id), job_id: id };
  if (action === 'cancel') {
    await issue(paths, call, 'cancel-sync', about);
    return [await readJob(log, owner, id)];
  }
  const { result } = await beginSync(paths, call, 'retry-sync', about);
  return [await readJob(log, owner, result.job_id)];
}

/** The log knows the last job of a repository at once, the code index also earlier ones. */
async function findJob(paths: Paths, owner: string, id: string): Promise<JobView> {
  try {
    return await readJob(paths.write.log, owner, id);
  } catch (error) {
    const isGone = error instanceof MemlaneError && error.body.code === 'MEMLANE_ERR_NOT_FOUND';
    const [earlier] = isGone ? await readHistory(paths, owner, { id, limit: 1 }) : [];
    if (earlier) return earlier;
    throw error;
  }
}

async function readHistory(
  { readCode }: Paths,
  owner: string,
  { id, repository, limit, position }: Pick<JobsInput, 'id' | 'repository' | 'limit' | 'position'>,
): Promise<JobView[]> {
  const { data } = await askCodeQuery(readCode, 'list-syncs', owner, { repository, job_id: id, limit, position });
  return codeQueries['list-syncs'].answer.parse(data).jobs;
}

/** Begins a sync, or joins the one that runs: what was refused or joined does not count to those of the hour. */
async function beginSync<T extends 'sync-repository' | 'retry-sync'>(
  paths: Paths,
  call: Call,
  type: T,
  payload: CommandPayload<T>,
  idempotencyKey?: string,
): Promise<{ readonly result: CommandResults[T]; readonly position: string }> {
  const cost = { rate: 'syncs_per_hour', cost: 1 } as const;
  const giveBack = await paths.admission.charge(call.credential.owner, cost, call.signal);
  try {
    const issued = await issue(paths, call, type, payload, idempotencyKey);
    if (issued.result.joined) giveBack();
    return issued;
  } catch (error) {
    // What is still undecided may begin.
    if (!(error instanceof MemlaneError && error.body.code === 'MEMLANE_ERR_PENDING')) giveBack();
    throw error;
  }
}

function issue<T extends RepoCommandType>(
  { write }: Paths,
  call: Call,
  type: T,
  payload: CommandPayload<T>,
  idempotencyKey?: string,
): Promise<{ readonly result: CommandResults[T]; readonly position: string }> {
  return runCommand(write, call, { type, payload, tool: type, idempotencyKey });
}
