import { inboxPrefixOf, NATS_OPERATOR, type NatsUserName } from '@memlane/contracts';
import {
  findFreePort,
  newNatsPassword,
  newServicePasswords,
  startNats,
  stopProcess,
  type TiedProcess,
} from '@memlane/supervision';
import { natsServerProgram } from './parts.js';
import { tempDir } from './temp-dir.js';

const GRACE_MS = 10_000;
/** As many as the product has by default. */
const PARTITIONS = 16;

// Not an interface: as a type it may stand where an environment is read.
export type NatsEnv = {
  readonly MEMLANE_NATS_URL: string;
  readonly MEMLANE_NATS_USER: string;
  readonly MEMLANE_NATS_PASSWORD: string;
};

/** A nats-server of one test, with an empty JetStream in a temporary folder. */
export interface TestNatsServer {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Variables that make a service use it, as the user who may do everything. */
  readonly env: NatsEnv;
  /** The same as the user of one service, with the permissions that it has in the product. */
  readonly envOf: (service: NatsUserName) => NatsEnv & { readonly MEMLANE_NATS_INBOX_PREFIX: string };
  readonly kill9: () => Promise<void>;
  /** Starts it again on the same port and folder, stopping it first when it runs. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts a real nats-server on a free port, set up as the product sets it up. */
export async function startNatsServer(): Promise<TestNatsServer> {
  const program = await natsServerProgram();
  const settings = {
    dir: await tempDir(),
    port: await findFreePort(),
    password: newNatsPassword(),
    servicePasswords: newServicePasswords(),
    partitions: PARTITIONS,
  };
  const life = await keepAlive(() => startNats(program, settings));
  const { port, password, servicePasswords } = settings;
  const url = `nats://127.0.0.1:${port}`;
  const accessOf = (user: string, secret: string) => ({
    MEMLANE_NATS_URL: url,
    MEMLANE_NATS_USER: user,
    MEMLANE_NATS_PASSWORD: secret,
  });
  return {
    url,
    user: NATS_OPERATOR,
    password,
    env: accessOf(NATS_OPERATOR, password),
    envOf: (service) => ({
      ...accessOf(service, servicePasswords[service]),
      MEMLANE_NATS_INBOX_PREFIX: inboxPrefixOf(service),
    }),
    ...life,
  };
}

/** A process that can be killed, stopped and started again. */
export async function keepAlive(start: () => Promise<TiedProcess>) {
  let running: TiedProcess | undefined = drain(await start());
  const stop = async () => {
    const ending = running;
    running = undefined;
    if (ending) await stopProcess(ending, GRACE_MS);
  };
  return {
    kill9: async () => {
      running?.child.kill('SIGKILL');
      await running?.exited;
      running = undefined;
    },
    restart: async () => {
      await stop();
      running = drain(await start());
    },
    stop,
  };
}

/** A pipe that nobody reads would block the process in the end. */
function drain(process: TiedProcess): TiedProcess {
  process.child.stdout?.resume();
  process.child.stderr?.resume();
  return process;
}
