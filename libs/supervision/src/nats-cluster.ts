import { join } from 'node:path';
import { NATS_OPERATOR } from '@memlane/contracts';
import type { NatsServerProgram } from '@memlane/setup';
import { newNatsPassword, newServicePasswords, startNats, type NatsSettings } from './nats-process.js';
import { findFreePort } from './ports.js';
import { stopProcess, type TiedProcess } from './spawn-tied.js';

const GRACE_MS = 10_000;

export interface NatsClusterServer {
  readonly name: string;
  /** Ends it with -9, as a crash does. */
  kill9(): Promise<void>;
  /** Starts it again, on the same port and folder. */
  start(): Promise<void>;
}

/** Three nats-servers of this machine that keep every stream three times. */
export interface NatsCluster {
  readonly servers: readonly NatsClusterServer[];
  /** Variables that make a service, or `memlane up`, use it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Starts a cluster on free ports of the loopback address.
 *
 * @param settings.dir absolute path of the folder of all their streams
 * @param settings.partitions of the log
 */
export async function startNatsCluster(
  program: NatsServerProgram,
  { dir, partitions }: { readonly dir: string; readonly partitions: number },
): Promise<NatsCluster> {
  const names = ['n1', 'n2', 'n3'];
  const ports = await findFreePorts(names.length);
  const routePorts = await findFreePorts(names.length);
  const password = newNatsPassword();
  const servicePasswords = newServicePasswords();
  const running = new Map<string, TiedProcess>();

  const servers = names.map((name, n): NatsClusterServer => {
    const settings: NatsSettings = {
      dir: join(dir, name),
      port: ports[n] ?? 0,
      password,
      servicePasswords,
      partitions,
      cluster: { serverName: name, routePort: routePorts[n] ?? 0, routePorts },
    };
    return {
      name,
      kill9: async () => {
        const server = running.get(name);
        running.delete(name);
        server?.child.kill('SIGKILL');
        await server?.exited;
      },
      start: async () => {
        const server = await startNats(program, settings);
        server.child.stdout?.resume();
        server.child.stderr?.resume();
        running.set(name, server);
      },
    };
  });
  await Promise.all(servers.map((server) => server.start()));
  return {
    servers,
    env: {
      MEMLANE_NATS_URL: ports.map((port) => `nats://127.0.0.1:${port}`).join(','),
      MEMLANE_NATS_USER: NATS_OPERATOR,
      MEMLANE_NATS_PASSWORD: password,
      MEMLANE_REPLICAS: String(names.length),
      MEMLANE_PARTITIONS: String(partitions),
    },
    stop: async () => {
      await Promise.all([...running.values()].map((server) => stopProcess(server, GRACE_MS)));
      running.clear();
    },
  };
}

/** All different, although each is given back before it is used. */
async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await findFreePort());
  return [...ports];
}
