import { openKeyBucket } from '@memlane/auth';
import { limit, type Env } from '@memlane/contracts';
import { connectNats, isPassing, openLog, repeatWhile } from '@memlane/event-log';
import { readPlanFile, seedPlans } from '@memlane/limits';
import {
  openSharedPort,
  startService,
  supervise,
  waitUntil,
  type DataFolder,
  type Log,
  type LogEntry,
  type Runtime,
  type ServiceProcess,
  type SharedPort,
  type SupervisedPart,
} from '@memlane/supervision';
import { endpointUrl } from './connect-info.js';
import { envOf } from './nats-access.js';
import { chooseChroma, chooseNats, type PartToKeep, type ServiceAccess } from './own-servers.js';
import type { PreparedParts } from './prepare-parts.js';
import { keepRecord } from './runtime-record.js';
import { instanceNames, scriptOf, services, type Service } from './service-table.js';

const SERVICE_GRACE_MS = 12_000;
const READY_TIMEOUT_MS = 600_000;
const PROBE_TIMEOUT_MS = 2_000;
/** A part that crashes so often before the system was ever ready will not come up by trying again. */
const HOPELESS_CRASHES = 5;

export interface SystemSettings {
  readonly env: Env;
  readonly port: number;
  readonly folder: DataFolder;
  readonly parts: PreparedParts;
  readonly log: Log;
  readonly heed: (entry: LogEntry) => void;
}

/** The processes of one machine. */
export interface System {
  readonly url: string;
  /** How to reach its NATS. */
  readonly nats: Runtime['nats'];
  /** Resolves when NATS can be used. @throws Error when it will not come to that */
  readonly natsReady: Promise<void>;
  /** Resolves when requests are served. @throws Error when it will not come to that */
  readonly ready: Promise<void>;
  /** Restarts nats-server, which gives up writing for good once its disk was full. */
  readonly restartNats: () => void;
  /** Lets everything finish what is in hand, in order: gateway first, NATS last. */
  stop(): Promise<void>;
  /** Ends everything at once. */
  kill(): void;
}

/** Starts NATS and Chroma, then the services, and keeps them running. */
export async function startSystem(settings: SystemSettings): Promise<System> {
  const { env, port, folder, parts, log, heed } = settings;
  const url = endpointUrl(env.MEMLANE_HOST, port);
  const nats = await chooseNats(settings);
  const chroma = await chooseChroma(settings);
  const record = keepRecord(folder.paths.runtime, {
    pid: process.pid,
    url,
    nats: nats.access,
    ...(chroma.url === undefined ? {} : { chroma_url: chroma.url }),
    parts: {},
  });

  let giveUp: (reason: Error) => void = () => undefined;
  const hopeless = new Promise<never>((_done, fail) => (giveUp = fail));
  hopeless.catch(() => undefined);
  const stopGroups: SupervisedPart[][] = [];
  const keep = (what: PartToKeep) => {
    const { name, marker, stopOrder, without, ...rest } = what;
    let settle: () => void = () => undefined;
    const hasFailed = new Promise<void>((done) => (settle = done));
    const part = supervise(
      {
        name,
        ...rest,
        heed,
        onPid: (pid) => record.update(name, pid === undefined ? undefined : { pid, marker }),
        onCrash: (crashes, lastWords) => {
          if (crashes < HOPELESS_CRASHES) return;
          if (without === undefined) giveUp(new Error(describeHopeless(name, lastWords, folder.dir)));
          else if (crashes === HOPELESS_CRASHES) {
            log.say('error', 'memlane', `${name} does not come up, ${without}; it is tried again`, {
              ended: lastWords,
            });
            settle();
          }
        },
      },
      log,
    );
    (stopGroups[stopOrder] ??= []).push(part);
    return { ready: Promise.race([part.ready, hasFailed]) };
  };

  const sharedPort = await shareGatewayPort(settings);
  const ended = new AbortController();
  const natsStarted = Promise.race([nats.start ? keep(nats.start).ready : undefined, hopeless]);
  const natsReady = natsStarted.then(() => Promise.race([makeStreams(envOf(env, nats.access)), hopeless]));
  if (chroma.start) keep(chroma.start);
  const ready = natsReady.then(async () => {
    ended.signal.throwIfAborted();
    const serve = (started: ServiceProcess) => void started.ready.then(() => sharedPort?.serve(started.child));
    const wanted = services.filter(({ name }) => name !== 'embedder' || parts.modelDir !== undefined);
    const started = wanted.flatMap((service) =>
      instanceNames(service, env).map((name, index) => {
        const childEnv = serviceEnv(settings, nats.accessOf(service.name), chroma.url);
        const ownEnv = { ...childEnv, MEMLANE_INSTANCE: String(index + 1) };
        const onStart = service.name === 'gateway' ? serve : undefined;
        return keep(serviceToKeep(service, name, folder.dir, ownEnv, onStart)).ready;
      }),
    );
    await Promise.race([Promise.all(started), hopeless]);
    await Promise.race([waitForAnswer(url, ended.signal), hopeless]);
  });
  ready.catch(() => undefined);
  return {
    url,
    nats: nats.access,
    natsReady,
    ready,
    restartNats: () => {
      const pid = record.pidOf('nats-server');
      if (pid !== undefined) process.kill(pid, 'SIGTERM');
    },
    async stop() {
      ended.abort(new Error('stopping'));
      sharedPort?.close();
      // Groups that were never started leave holes.
      for (const group of stopGroups.filter(Boolean)) await Promise.all(group.map((part) => part.stop()));
      await record.remove();
    },
    kill() {
      ended.abort(new Error('stopping'));
      for (const part of stopGroups.flat()) part.kill();
    },
  };
}

function serviceToKeep(
  service: Service,
  name: string,
  dataDir: string,
  env: Readonly<Record<string, string>>,
  onStart?: (started: ServiceProcess) => void,
): PartToKeep {
  const { heapMb, nice, stopOrder, without } = service;
  const script = scriptOf(service);
  const seen = `--data-dir=${dataDir}`;
  return {
    name,
    marker: `${script} ${seen}`,
    graceMs: SERVICE_GRACE_MS,
    stopOrder,
    without,
    start: async () => {
      const started = await startService({ script, args: [seen], env, heapMb, nice });
      onStart?.(started);
      return started;
    },
  };
}

/** What to tell whoever has to mend a part that nothing is served without. */
function describeHopeless(name: string, lastWords: string, dataDir: string): string {
  return (
    `${name} does not come up after ${HOPELESS_CRASHES} attempts: ${lastWords}. Its lines above say why. ` +
    `Mend that and start again; what is in ${dataDir} stays as it is. See "a part does not come up" in the runbook.`
  );
}

/** Several gateways take their connections from us; a single one listens by itself. */
async function shareGatewayPort({ env, port }: SystemSettings): Promise<SharedPort | undefined> {
  if (env.MEMLANE_GATEWAYS === 1) return undefined;
  return openSharedPort({ host: env.MEMLANE_HOST, port, maxWaiting: limit('http_connections') });
}

/** Services may use the streams, not make them. */
async function makeStreams(env: Env): Promise<void> {
  const nc = await connectNats(env, { name: 'memlane-up' });
  try {
    await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
    const plans = env.MEMLANE_PLANS === undefined ? undefined : await readPlanFile(env.MEMLANE_PLANS);
    await repeatWhile(isPassing, async () => {
      await openKeyBucket(nc, env.MEMLANE_REPLICAS);
      if (plans) await seedPlans(nc, plans);
    });
  } finally {
    await nc.close();
  }
}

function serviceEnv({ env, port, folder, parts }: SystemSettings, nats: ServiceAccess, chromaUrl?: string) {
  return {
    MEMLANE_NATS_URL: nats.url,
    MEMLANE_NATS_USER: nats.user ?? '',
    MEMLANE_NATS_PASSWORD: nats.password ?? '',
    MEMLANE_NATS_INBOX_PREFIX: nats.inbox_prefix ?? '',
    MEMLANE_DATA_DIR: folder.dir,
    // A gateway that is handed its connections has a port of its own for nothing but probes.
    ...(env.MEMLANE_GATEWAYS > 1
      ? { MEMLANE_HOST: '127.0.0.1', MEMLANE_PORT: '0' }
      : { MEMLANE_HOST: env.MEMLANE_HOST, MEMLANE_PORT: String(port) }),
    MEMLANE_LOG_LEVEL: env.MEMLANE_LOG_LEVEL,
    MEMLANE_REPOSITORY_ROOTS: env.MEMLANE_REPOSITORY_ROOTS ?? '',
    MEMLANE_REPOSITORY_HOSTS: env.MEMLANE_REPOSITORY_HOSTS ?? '',
    MEMLANE_GIT_CA_FILE: env.MEMLANE_GIT_CA_FILE ?? '',
    MEMLANE_CHROMA_URL: chromaUrl ?? '',
    MEMLANE_EMBEDDINGS: parts.modelDir === undefined ? 'none' : env.MEMLANE_EMBEDDINGS,
    MEMLANE_MODEL_DIR: parts.modelDir ?? '',
  };
}

async function waitForAnswer(url: string, signal: AbortSignal): Promise<void> {
  const probe = async () => {
    try {
      const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  };
  await waitUntil('the system is not ready', probe, { timeoutMs: READY_TIMEOUT_MS, signal });
}
