import { resolve } from 'node:path';
import type { Env } from '@memlane/contracts';
import { importLegacyKeys, oauthSettings } from '@memlane/auth';
import { connectNats, openLog } from '@memlane/event-log';
import { readPlanFile } from '@memlane/limits';
import { PartUnavailableError } from '@memlane/setup';
import {
  awaitLeftovers,
  createLog,
  findFreePort,
  openDataFolder,
  readRuntime,
  StartRefusedError,
  type DataFolder,
  type Log,
} from '@memlane/supervision';
import { describeConnection } from './connect-info.js';
import { writeConnectInfo } from './default-key.js';
import { describeListenError } from './describe-listen-error.js';
import { watchDisk } from './disk-watch.js';
import { envOf } from './nats-access.js';
import { prepareParts } from './prepare-parts.js';
import { startSystem, type System } from './system.js';

/** One Ctrl-C arrives several times: from the terminal and from each program above that hands it on. */
const SAME_KEYSTROKE_MS = 1_000;

/** Runs everything until a signal ends it. @returns the exit code */
export async function up(env: Env, write: (line: string) => void): Promise<number> {
  const log = createLog(env.MEMLANE_LOG_LEVEL, write);
  let folder: DataFolder | undefined;
  const stopRequest = listenForStop();
  try {
    await checkSettings(env);
    folder = await openDataFolder(resolve(env.MEMLANE_DATA_DIR));
    if (folder.exposed.length > 0)
      log.say('warn', 'memlane', 'others on this machine may use files of the data folder: close them with chmod', {
        files: folder.exposed,
      });
    const port = await choosePort(env);
    await awaitLeftovers(await readRuntime(folder.paths.runtime), log);
    const parts = await Promise.race([prepareParts(env, log), stopRequest.first]);
    if (parts === undefined) return 0;
    // From here on everything is made for us alone, by the processes that we start as well.
    process.umask(0o077);
    const disk = watchDisk(folder.dir, log);
    const system = await startSystem({ env, port, folder, parts, log, heed: disk.heed });
    disk.onSpaceAgain(system.restartNats);
    try {
      return await serve(system, { env, folder, log, write, stopRequest });
    } finally {
      disk.close();
    }
  } catch (error) {
    if (!(error instanceof StartRefusedError || error instanceof PartUnavailableError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  } finally {
    folder?.close();
    stopRequest.close();
  }
}

interface Surroundings {
  readonly env: Env;
  readonly folder: DataFolder;
  readonly log: Log;
  readonly write: (line: string) => void;
  readonly stopRequest: ReturnType<typeof listenForStop>;
}

async function serve(system: System, surroundings: Surroundings): Promise<number> {
  const { env, folder, log, write, stopRequest } = surroundings;
  void stopRequest.second.then(() => {
    system.kill();
    process.exit(1);
  });
  const announce = async () => {
    await system.natsReady;
    const nc = await connectNats(envOf(env, system.nats), { name: 'memlane-up' });
    const events = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
    const imported = await importLegacyKeys(events);
    if (imported > 0) log.say('info', 'memlane', 'keys of an earlier version are events now', { keys: imported });
    const info = await writeConnectInfo(events, folder.paths.connect, system.url);
    await nc.close();
    await system.ready;
    write(describeConnection(info, folder.paths.connect));
    log.say('info', 'memlane', 'ready', { url: system.url, after_ms: Math.round(performance.now()) });
  };
  const orFailure = (started: Promise<void>) =>
    started.then(
      () => stopRequest.first,
      (error: unknown) => (error instanceof Error ? error.message : 'could not start'),
    );
  // That of the system by itself too: announcing waits long for a part that does not come up.
  const failure = await Promise.race([stopRequest.first, orFailure(announce()), orFailure(system.ready)]);
  if (failure !== undefined) log.say('error', 'memlane', failure);
  log.say('info', 'memlane', 'stopping; once more ends everything at once');
  await system.stop();
  log.say('info', 'memlane', 'stopped');
  return failure === undefined ? 0 : 1;
}

/** The services read them again: a mistake is better told before everything is started. @throws StartRefusedError */
async function checkSettings(env: Env): Promise<void> {
  if (env.MEMLANE_PLANS !== undefined) await readPlanFile(env.MEMLANE_PLANS);
  try {
    oauthSettings(env);
  } catch (error) {
    throw new StartRefusedError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function choosePort({ MEMLANE_PORT: port, MEMLANE_HOST: host }: Env): Promise<number> {
  try {
    return await findFreePort(host, port);
  } catch (error) {
    throw new StartRefusedError(describeListenError(error, host, port), { cause: error });
  }
}

/** The first signal asks for an orderly end, the second for an end. */
function listenForStop() {
  let firstAt: number | undefined;
  let resolveFirst: () => void = () => undefined;
  let resolveSecond: () => void = () => undefined;
  const first = new Promise<undefined>((done) => (resolveFirst = () => done(undefined)));
  const second = new Promise<void>((done) => (resolveSecond = done));
  const onSignal = () => {
    firstAt ??= performance.now();
    resolveFirst();
    if (performance.now() - firstAt > SAME_KEYSTROKE_MS) resolveSecond();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    first,
    second,
    close: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
