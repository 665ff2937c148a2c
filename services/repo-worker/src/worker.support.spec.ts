import { cp, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { start as startCommandHandler } from '@memlane/command-handler';
import {
  isRepoEvent,
  partitionOf,
  readEnv,
  type CommandPayload,
  type CommandResults,
  type RepoCommandType,
  type RepoEvent,
} from '@memlane/contracts';
import { connectNats, openBlobs, openLog } from '@memlane/event-log';
import { startService, type ServiceProcess } from '@memlane/supervision';
import { createLogger } from '@memlane/telemetry';
import { startNatsServer, tempDir } from '@memlane/testkit';
import { vi } from 'vitest';
import { openReporter } from './report.js';
import { start } from './start.js';

// Support of the other specs: nats-server, command handler and worker, for real.

const PARTITIONS = 16;
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export type WorkerProduct = Awaited<ReturnType<typeof startWorkerProduct>>;

/** What readers see of a repository: the files of the last complete sync, and why others are skipped. */
export type Files = Readonly<Record<string, string>>;

/** Starts everything but the worker. @param more variables of the services */
export async function startWorkerProduct(more: Readonly<Record<string, string>> = {}) {
  const nats = await startNatsServer();
  const root = await tempDir();
  const dataDir = await tempDir();
  const variables = { MEMLANE_DATA_DIR: dataDir, MEMLANE_REPOSITORY_ROOTS: root, MEMLANE_LOG_LEVEL: 'error', ...more };
  const nc = await connectNats(readEnv(nats.env), { name: 'test' });
  const log = await openLog(nc, { partitions: PARTITIONS, replicas: 1 });
  const blobs = openBlobs(log);
  const reporter = openReporter(log);
  const serviceOf = (name: 'command-handler' | 'repo-worker') => ({
    env: readEnv({ ...nats.envOf(name), ...variables }),
    log: createLogger(name, 'error'),
  });
  const handler = await startCommandHandler(serviceOf('command-handler'));

  const issue = async <T extends RepoCommandType>(owner: string, type: T, payload: CommandPayload<T>) =>
    (await reporter.report(owner, type, payload, new AbortController().signal)).result;

  /** Events of a repository, each with when it was decided. */
  const timesOf = async (owner: string, repositoryId: string): Promise<(RepoEvent & { readonly at: string })[]> => {
    const partition = partitionOf(owner, PARTITIONS);
    const events: (RepoEvent & { readonly at: string })[] = [];
    const from = { seq: 1, next_by_subj: `evt.${partition}.${owner}.repo-${repositoryId}` };
    if (!(await log.jsm.streams.getMessage(`EVT_${String(partition).padStart(2, '0')}`, from))) return events;
    const feed = log.commits(partition, { afterSeq: 0, owner, aggregate: `repo-${repositoryId}` });
    for await (const { commit, pending } of feed) {
      events.push(...commit.events.filter(isRepoEvent).map((event) => ({ ...event, at: commit.at })));
      if (pending === 0) break;
    }
    await feed.stop();
    return events;
  };

  const eventsOf: (owner: string, repositoryId: string) => Promise<RepoEvent[]> = timesOf;

  return {
    nats,
    root,
    dataDir,
    log,
    blobs,
    issue,
    eventsOf,
    timesOf,
    /** Starts a job. */
    sync: (owner: string, source: string, more: Partial<CommandPayload<'sync-repository'>> = {}) => {
      const name = source.slice(source.lastIndexOf('/') + 1);
      const payload = {
        repository_id: idOf(name),
        name,
        source,
        ref: null,
        mode: 'incremental',
        trigger: 'call',
        ...more,
      };
      return issue(owner, 'sync-repository', payload as CommandPayload<'sync-repository'>);
    },
    /** The event that ended a job. */
    endOf: (owner: string, { repository_id, job_id }: CommandResults['sync-repository'], timeout = 60_000) =>
      vi.waitFor(
        async () => {
          const ended = (await eventsOf(owner, repository_id)).find((event) => isEnd(event, job_id));
          if (!ended) throw new Error('the job has not ended');
          return ended;
        },
        { timeout, interval: 50 },
      ),
    filesOf: async (owner: string, repositoryId: string) => foldFiles(await eventsOf(owner, repositoryId)),
    /** A worker in this process. */
    startWorker: () => start(serviceOf('repo-worker')),
    /** A worker that can be killed. */
    startWorkerProcess: async (): Promise<ServiceProcess> => {
      const service = await startService({
        script: MAIN,
        env: { ...nats.envOf('repo-worker'), ...variables },
        heapMb: 1024,
      });
      service.child.stdout?.resume();
      service.child.stderr?.resume();
      await service.ready;
      return service;
    },
    stop: async () => {
      await handler.stop();
      reporter.close();
      await nc.close();
      await nats.stop();
    },
  };
}

export function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}

function isEnd(event: RepoEvent, jobId: string): boolean {
  const ends = ['repository-synced', 'repository-sync-failed', 'repository-sync-cancelled'];
  return ends.includes(event.type) && 'job_id' in event.data && event.data.job_id === jobId;
}

/** Folds events as a projection does: a job's changes are staged, and become visible together. */
export function foldFiles(events: readonly RepoEvent[]): Files {
  let files = new Map<string, string>();
  let staged = new Map<string, string | null>();
  for (const event of events) {
    if (event.type === 'repository-removed') files = new Map();
    if (event.type === 'repository-sync-requested' || event.type === 'repository-sync-planned') staged = new Map();
    if (event.type === 'files-recorded') {
      for (const { path, blob } of event.data.files) staged.set(path, blob);
      for (const { path, reason } of event.data.skipped) staged.set(path, reason);
    }
    if (event.type === 'files-removed') for (const path of event.data.paths) staged.set(path, null);
    if (event.type === 'repository-synced') {
      if (event.data.base_commit === null) files = new Map();
      for (const [path, what] of staged) {
        if (what === null) files.delete(path);
        else files.set(path, what);
      }
    }
  }
  return Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Copies the sources of an installed package into a folder, so that a test has real code to sync. */
export async function copySources(packageName: string, into: string): Promise<void> {
  const main = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
  await cp(dirname(main), into, {
    recursive: true,
    filter: (path) => !path.slice(dirname(main).length).includes('node_modules'),
  });
}

/** Files below a folder. */
export async function countFiles(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).includes('/.git/')).length;
}
