import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { NATS_OPERATOR, natsUsers, permissionsOf, type NatsUserName } from '@memlane/contracts';
import type { NatsServerProgram } from '@memlane/setup';
import { spawnTied, type TiedProcess } from './spawn-tied.js';
import { waitUntil } from './wait-until.js';

const READY_TIMEOUT_MS = 20_000;
const PROBE_TIMEOUT_MS = 1_000;

/** How one nats-server of this machine is set up. */
export interface NatsSettings {
  /** Absolute path of the folder of its streams and its configuration. */
  readonly dir: string;
  readonly port: number;
  /** Password of the user that may do everything. */
  readonly password: string;
  /** Password of each service. */
  readonly servicePasswords: Readonly<Record<NatsUserName, string>>;
  /** Partitions of the log, which permissions name one by one. */
  readonly partitions: number;
  /** Its place in a cluster; without one it stands alone. */
  readonly cluster?: NatsClusterPlace;
}

/** Routes are on the loopback address and open to its users: a cluster of one machine shows what happens, no more. */
export interface NatsClusterPlace {
  readonly serverName: string;
  /** Where it hears from the others. */
  readonly routePort: number;
  /** Route ports of all servers, its own among them. */
  readonly routePorts: readonly number[];
}

/** A password of one run. */
export function newNatsPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** The services' users; a new password of each. */
export function newServicePasswords(): Readonly<Record<NatsUserName, string>> {
  const names = Object.keys(natsUsers) as NatsUserName[];
  return Object.fromEntries(names.map((name) => [name, newNatsPassword()])) as Record<NatsUserName, string>;
}

/**
 * The configuration file. Every acknowledged write is on the disk (`sync_interval: always`), the server listens on the
 * loopback address only, and outgrowing the limits of JetStream is an error to the writer and nothing else.
 */
export function natsConfig({ dir, port, password, servicePasswords, partitions, cluster }: NatsSettings): string {
  return [
    `server_name: ${cluster?.serverName ?? 'memlane'}`,
    `listen: 127.0.0.1:${port}`,
    'max_payload: 2MB',
    'max_pending: 64MB',
    'max_connections: 4096',
    'jetstream {',
    `  store_dir: ${JSON.stringify(join(dir, 'jetstream'))}`,
    '  sync_interval: always',
    '  max_memory_store: 256MB',
    '  max_file_store: 1TB',
    '}',
    'authorization {',
    '  users: [',
    `    { user: ${NATS_OPERATOR}, password: ${JSON.stringify(password)} }`,
    ...Object.entries(servicePasswords).map(
      ([name, secret]) => `    ${userEntry(name as NatsUserName, secret, partitions)}`,
    ),
    '  ]',
    '}',
    ...(cluster ? [clusterEntry(cluster)] : []),
    '',
  ].join('\n');
}

function clusterEntry({ routePort, routePorts }: NatsClusterPlace): string {
  const routes = routePorts.map((port) => `nats://127.0.0.1:${port}`);
  return `cluster { name: memlane, listen: "127.0.0.1:${routePort}", routes: ${JSON.stringify(routes)} }`;
}

function userEntry(user: NatsUserName, password: string, partitions: number): string {
  const { publish, subscribe, answers } = permissionsOf(user, partitions);
  const permissions = `publish: ${JSON.stringify(publish)}, subscribe: ${JSON.stringify(subscribe)}`;
  const answering = answers ? ', allow_responses: true' : '';
  return `{ user: ${user}, password: ${JSON.stringify(password)}, permissions: { ${permissions}${answering} } }`;
}

/** Starts nats-server and waits until clients can use JetStream. The file with the password is readable by us only. */
export async function startNats(program: NatsServerProgram, settings: NatsSettings): Promise<TiedProcess> {
  await mkdir(settings.dir, { recursive: true, mode: 0o700 });
  const config = join(settings.dir, 'nats-server.conf');
  await writeFile(config, natsConfig(settings), { mode: 0o600 });
  const server = await spawnTied({ command: program.path, args: ['-c', config], raiseFileLimit: true });
  await waitForPart('nats-server', server, () => hasJetStream(settings.port));
  return server;
}

/** The server greets every connection with what it can do. */
function hasJetStream(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const answer = (ready: boolean) => {
      socket.destroy();
      done(ready);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => {
      answer(false);
    });
    socket.once('error', () => {
      answer(false);
    });
    socket.once('data', (data) => {
      answer(data.toString().startsWith('INFO ') && data.includes('"jetstream":true'));
    });
  });
}

/** Waits until a part answers. @throws Error with the part's last words, when it ends instead */
export async function waitForPart(name: string, part: TiedProcess, isReady: () => Promise<boolean>): Promise<void> {
  const lastWords: string[] = [];
  const listen = (data: Buffer) => {
    lastWords.push(...data.toString().trim().split('\n'));
    lastWords.splice(0, lastWords.length - 5);
  };
  part.child.stderr?.on('data', listen);
  part.child.stdout?.on('data', listen);
  const ended = new AbortController();
  void part.exited.then(({ code, signal }) => {
    ended.abort(`it ended with ${signal ?? code}: ${lastWords.join(' / ')}`);
  });
  try {
    await waitUntil(`${name} did not start`, isReady, { timeoutMs: READY_TIMEOUT_MS, signal: ended.signal });
  } catch (error) {
    part.child.kill('SIGKILL');
    throw error;
  } finally {
    part.child.stderr?.off('data', listen);
    part.child.stdout?.off('data', listen);
  }
}
