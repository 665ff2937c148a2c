import { limit, MemlaneError, type Job, type SyncTask } from '@memlane/contracts';
import type { Blobs, EventLog, Pace } from '@memlane/event-log';
import {
  checkSource,
  openMirror,
  prepareFiles,
  RULES_VERSION,
  SyncError,
  type Mirror,
  type PreparedBatch,
  type SourceChecks,
  type TreeEntry,
} from '@memlane/repo-sync';
import { tellProgress, type ProgressTeller } from './progress.js';
import type { Reporter } from './report.js';
import { JobEndedError, watchJob } from './watch-job.js';

/** What syncing takes from the world. */
export interface SyncContext {
  readonly log: EventLog;
  readonly blobs: Blobs;
  readonly reporter: Reporter;
  readonly pace: Pick<Pace, 'rest'>;
  readonly sources: SourceChecks;
  /** Folder of the mirror of a repository. */
  readonly mirrorDir: (owner: string, store: string) => string;
  readonly caFile?: string | undefined;
  readonly now: () => number;
}

type SyncJob = Extract<Job, { kind: 'sync' }>;
/** Files of the first batch; each further one may have as many more as there are before it, so that indexing begins early. */
const FIRST_FILES = 50;
/** UTF-8 bytes of the paths of one batch: the commit that records it must stay small. */
const BATCH_PATH_BYTES = 131_072;

/**
 * Does a job, from where the last worker left it. Returns when the job has ended, in whatever way.
 *
 * @throws the signal's reason when this worker is to stop; anything else when another attempt may succeed
 */
export async function runSync(context: SyncContext, job: SyncJob, stopping: AbortSignal): Promise<void> {
  const { owner, repository_id, job_id } = job;
  const about = { repository_id, job_id };
  const started = await context.reporter.report(owner, 'start-sync', about, stopping);
  const { task, state } = started.result;
  const progress = tellProgress(context.log.nc, owner, job_id, context.now);
  if (!task) {
    progress.end(state === 'unknown' ? 'cancelled' : state);
    progress.close();
    return;
  }
  const ended = new AbortController();
  const unwatch = watchJob(context.log, job, started.position, () => ended.abort(new JobEndedError()));
  const signal = AbortSignal.any([stopping, ended.signal]);
  try {
    await sync(context, job, task, progress, signal);
  } catch (error) {
    if (error instanceof JobEndedError) {
      progress.end('cancelled');
      return;
    }
    const failure = asFailure(error);
    if (!failure) throw error;
    const { reason, message } = failure;
    await context.reporter.report(owner, 'fail-sync', { ...about, reason, message }, stopping);
    progress.end('failed');
  } finally {
    progress.close();
    await unwatch();
  }
}

function asFailure(error: unknown): SyncError | undefined {
  if (error instanceof SyncError) return error;
  const isFull = error instanceof MemlaneError && error.body.code === 'MEMLANE_ERR_OVERLOADED';
  return isFull ? new SyncError('disk-full', 'the server has no room for the files') : undefined;
}

async function sync(
  context: SyncContext,
  { owner, repository_id, job_id }: SyncJob,
  task: SyncTask,
  progress: ProgressTeller,
  signal: AbortSignal,
): Promise<void> {
  const { reporter, blobs, pace } = context;
  const about = { repository_id, job_id };
  progress.phase('fetching');
  const source = await checkSource(task.source, context.sources);
  const dir = context.mirrorDir(owner, task.store);
  const mirror = await openMirror({ dir, caFile: context.caFile, rest: pace.rest }, signal);
  const remote = await mirror.findRef(source, task.ref, signal);
  const resumed = await resumePlan(mirror, task, signal);
  const fetchAll = () => mirror.fetch(source, remote, signal, (received, total) => progress.count(received, total));
  const plan = resumed ?? (await newPlan(mirror, task, await fetchAll(), signal));
  if (!resumed) {
    const { commit, base_commit, entries } = plan;
    const payload = { ...about, commit, base_commit, rules: RULES_VERSION, total: entries.length };
    if (isOver((await reporter.report(owner, 'plan-sync', payload, signal)).result)) throw new JobEndedError();
  }

  progress.phase('recording');
  const { entries } = plan;
  let { batch, done } = plan;
  progress.count(done, entries.length);
  const prepare = (from: number) => prepareBatch({ mirror, entries, from, pace }, signal);
  let next = prepare(done);
  while (done < entries.length) {
    const { prepared, end } = await next;
    // The next one is read while this one is written; one command is in flight at most.
    next = prepare(end);
    const begun = context.now();
    const names = await blobs.put(
      { owner, store: task.store },
      prepared.files.map(({ content }) => content),
    );
    await pace.rest(context.now() - begun, signal);
    signal.throwIfAborted();
    batch += 1;
    done = end;
    const files = prepared.files.map(({ path, content, redacted }, n) => ({
      path,
      blob: names[n] ?? '',
      size: content.byteLength,
      ...(redacted > 0 ? { redacted } : {}),
    }));
    const payload = { ...about, batch, files, skipped: [...prepared.skipped], removed: [...prepared.removed], done };
    if (isOver((await reporter.report(owner, 'record-files', payload, signal)).result)) throw new JobEndedError();
    progress.count(done, entries.length);
  }
  await next;

  progress.phase('completing');
  const payload = { ...about, ref: remote.name, batches: batch };
  const { result } = await reporter.report(owner, 'complete-sync', payload, signal);
  progress.end(result.state === 'unknown' ? 'cancelled' : result.state);
  // Nobody waits for it, and now and then it takes long.
  await mirror.keepOnly(plan.commit, signal);
}

function isOver({ state }: { readonly state: string }): boolean {
  return state !== 'running';
}

interface Plan {
  readonly commit: string;
  readonly base_commit: string | null;
  readonly entries: readonly TreeEntry[];
  readonly batch: number;
  readonly done: number;
}

/** The plan of an earlier attempt, when all that it needs is here. */
async function resumePlan(mirror: Mirror, { plan }: SyncTask, signal: AbortSignal): Promise<Plan | undefined> {
  if (plan?.rules !== RULES_VERSION || !(await mirror.has(plan.commit, signal))) return undefined;
  if (plan.base_commit !== null && !(await mirror.has(plan.base_commit, signal))) return undefined;
  const entries = await listEntries(mirror, plan.commit, plan.base_commit, signal);
  return entries.length === plan.total ? { ...plan, entries } : undefined;
}

async function newPlan(mirror: Mirror, task: SyncTask, commit: string, signal: AbortSignal): Promise<Plan> {
  const { indexed, mode } = task;
  const usable =
    mode === 'incremental' && indexed?.rules === RULES_VERSION && (await mirror.has(indexed.commit, signal));
  const base_commit = usable ? indexed.commit : null;
  return { commit, base_commit, entries: await listEntries(mirror, commit, base_commit, signal), batch: 0, done: 0 };
}

async function listEntries(
  mirror: Mirror,
  commit: string,
  base: string | null,
  signal: AbortSignal,
): Promise<TreeEntry[]> {
  if (base === commit) return [];
  const all = await mirror.list(commit, signal);
  const max = limit('repository_files');
  if (all.length > max) throw new SyncError('too-many-files', `the repository has more than ${max} files`);
  return base === null ? all : mirror.diff(base, commit, signal);
}

interface Of {
  readonly mirror: Mirror;
  readonly entries: readonly TreeEntry[];
  /** Offset of the first one. */
  readonly from: number;
  readonly pace: Pick<Pace, 'rest'>;
}

/** The next entries from an offset: the same ones in whichever attempt. */
function prepareBatch(
  { mirror, entries, from, pace }: Of,
  signal: AbortSignal,
): Promise<{ readonly prepared: PreparedBatch; readonly end: number }> {
  let end = from;
  let bytes = 0;
  const most = Math.min(limit('files_per_batch'), FIRST_FILES + from);
  while (end < entries.length && end - from < most && bytes < BATCH_PATH_BYTES) {
    bytes += Buffer.byteLength(entries[end]?.path ?? '');
    end += 1;
  }
  const prepared = prepareFiles(mirror, entries.slice(from, end), signal, pace.rest).then((batch) => ({
    prepared: batch,
    end,
  }));
  // It is looked at later than it may fail.
  prepared.catch(() => undefined);
  return prepared;
}
