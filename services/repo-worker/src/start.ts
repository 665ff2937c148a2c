import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { dataPaths, live, readHosts, readRoots, type Job } from '@memlane/contracts';
import { connectNats, openBlobs, openLog, openPace } from '@memlane/event-log';
import type { RunningService, ServiceConfig } from '@memlane/telemetry';
import { runJobs } from './job-queue.js';
import { openReporter } from './report.js';
import { runSync, type SyncContext } from './run-sync.js';

/** Starts a worker that takes jobs of repositories. */
export async function start({ env, log: logger }: ServiceConfig): Promise<RunningService> {
  const nc = await connectNats(env, { name: 'repo-worker' });
  const log = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
  const paths = dataPaths(resolve(env.MEMLANE_DATA_DIR));
  const blobs = openBlobs(log);
  const reporter = openReporter(log);
  const pace = openPace(nc);
  const context: SyncContext = {
    log,
    blobs,
    reporter,
    pace,
    sources: {
      roots: readRoots(env.MEMLANE_REPOSITORY_ROOTS),
      privateHosts: readHosts(env.MEMLANE_REPOSITORY_HOSTS),
    },
    caFile: env.MEMLANE_GIT_CA_FILE === undefined ? undefined : resolve(env.MEMLANE_GIT_CA_FILE),
    mirrorDir: (owner, store) => paths.mirror(owner, store, env.MEMLANE_INSTANCE),
    now: () => performance.now(),
  };
  let ended = 0;
  const run = async (job: Job, stopping: AbortSignal) => {
    if (job.kind === 'sync') await runSync(context, job, stopping);
    else {
      await blobs.purge(job);
      await rm(context.mirrorDir(job.owner, job.store), { recursive: true, force: true });
    }
    ended += 1;
  };
  const queue = runJobs({ log, logger, run });
  nc.subscribe(live.admin('repo-worker', 'status'), {
    callback: (error, message) => {
      if (!error) message.respond(JSON.stringify({ running: queue.running(), ended }));
    },
  });
  return {
    stop: async () => {
      await queue.stop();
      reporter.close();
      pace.close();
      await nc.drain();
    },
  };
}
