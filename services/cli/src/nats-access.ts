import { resolve } from 'node:path';
import { codeOf, dataPaths, type Env } from '@memlane/contracts';
import { connectNats, openRecordedLog, type EventLog } from '@memlane/event-log';
import { readRuntime, StartRefusedError, type Runtime } from '@memlane/supervision';
import type { NatsConnection } from '@nats-io/nats-core';

/** The environment of something that talks to a NATS server. */
export function envOf(env: Env, nats: Runtime['nats']): Env {
  return {
    ...env,
    MEMLANE_NATS_URL: nats.url,
    MEMLANE_NATS_USER: nats.user,
    MEMLANE_NATS_PASSWORD: nats.password,
  };
}

/**
 * Runs `work` on a connection to the NATS of the system that runs in the data folder, or to `MEMLANE_NATS_URL`.
 * @throws StartRefusedError when there is none
 */
export async function withNats<T>(env: Env, work: (nc: NatsConnection) => Promise<T>): Promise<T> {
  const access = process.env['MEMLANE_NATS_URL'] ? env : envOf(env, await findNats(env.MEMLANE_DATA_DIR));
  const nc = await connectNats(access, { name: 'memlane-cli' });
  try {
    return await work(nc);
  } finally {
    await nc.close();
  }
}

/**
 * Runs `work` on the log of that system, however many partitions it has.
 * @throws StartRefusedError when there is none
 */
export function withLog<T>(env: Env, work: (log: EventLog) => Promise<T>): Promise<T> {
  return withNats(env, async (nc) => work(await openRecordedLog(nc, env.MEMLANE_REPLICAS)));
}

async function findNats(dataDir: string): Promise<Runtime['nats']> {
  const dir = resolve(dataDir);
  const runtime = await readRuntime(dataPaths(dir).runtime);
  if (runtime && isAlive(runtime.pid)) return runtime.nats;
  throw new StartRefusedError(
    `No Memlane runs in ${dir}. Start it with "memlane up", or name its folder with --data-dir.`,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
