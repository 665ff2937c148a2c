import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { dataPaths, type PlanTable } from '@memlane/contracts';
import { readRuntime, spawnTied, waitUntil, type Runtime } from '@memlane/supervision';
import type { NatsEnv } from './nats-server.js';
import { generousPlans, writePlanFile } from './plans.js';
import { tempDir } from './temp-dir.js';

const CLI = fileURLToPath(new URL('../../../services/cli/dist/main.js', import.meta.url));
const READY = 'Memlane is ready at';
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 60_000;
/** More than any test makes at the lowest level, so that all of it can be searched. */
const LINES_KEPT = 50_000;

/** A process of a running system. */
export type SystemPart =
  | 'gateway'
  | 'gateway-2'
  | 'command-handler'
  | 'command-handler-2'
  | 'memory-projector'
  | 'vector-projector'
  | 'repo-worker'
  | 'code-projector'
  | 'code-query'
  | 'query'
  | 'query-2'
  | 'embedder'
  | 'nats-server'
  | 'chroma';

export interface SystemOptions {
  /** Further variables of `memlane up`. */
  readonly env?: Readonly<Record<string, string>>;
  /** A data folder to use; default: a new one. */
  readonly dataDir?: string;
  /** Plans of a new system; default: {@link generousPlans}. */
  readonly plans?: PlanTable;
}

/** The whole product, on its real processes, as `memlane up` runs it. */
export interface RunningSystem {
  /** Address of the MCP endpoint. */
  readonly url: string;
  /** Key of the default user. */
  readonly key: string;
  readonly dataDir: string;
  /** Process id of `memlane up`. */
  readonly pid: number;
  /** Makes a key of a user. @param scopes default: those of any key */
  readonly createKey: (owner: string, scopes?: readonly string[]) => Promise<string>;
  /** Address and password of its NATS, ports and process ids, as recorded at the moment. */
  readonly runtime: () => Promise<Runtime>;
  /** Variables that make a service, or a test, reach its NATS as the user who may do everything. */
  readonly natsEnv: () => Promise<NatsEnv>;
  /** @throws Error when the part is down at the moment */
  readonly pidOf: (part: SystemPart) => Promise<number>;
  /** Kills a part with -9; the system starts it again. */
  readonly kill9: (part: SystemPart) => Promise<void>;
  /** Kills `memlane up` itself with -9. */
  readonly kill9Supervisor: () => Promise<void>;
  /** What it has logged. */
  readonly log: () => readonly string[];
  /** Asks it to stop and waits for its end. @returns the exit code */
  readonly stop: () => Promise<number | null>;
}

/** Starts `memlane up` from the build on a free port and waits until it is ready. */
export async function startSystem(options: SystemOptions = {}): Promise<RunningSystem> {
  const dataDir = options.dataDir ?? (await tempDir());
  const paths = dataPaths(dataDir);
  // Tied, so that a test run that is killed leaves nothing behind.
  const { child, pid } = await spawnTied({
    command: process.execPath,
    args: [CLI, 'up', '--port', '0', '--data-dir', dataDir],
    env: { MEMLANE_PLANS: await writePlanFile(options.plans ?? generousPlans), ...options.env },
  });
  const lines = keepLines(child);
  try {
    await waitUntil('memlane up is not ready', async () => isReady(child, lines), { timeoutMs: READY_TIMEOUT_MS });
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`memlane up did not start:\n${lines.join('\n')}`, { cause: error });
  }
  const { url, key } = JSON.parse(await readFile(paths.connect, 'utf8')) as { url: string; key: string };
  const runtime = async () => {
    const found = await readRuntime(paths.runtime);
    if (!found) throw new Error('no runtime.json');
    return found;
  };
  const pidOf = async (part: SystemPart) => {
    const found = (await runtime()).parts[part];
    if (!found) throw new Error(`${part} is down`);
    return found.pid;
  };
  return {
    url,
    key,
    dataDir,
    pid,
    runtime,
    natsEnv: async () => {
      const { url: nats, user = '', password = '' } = (await runtime()).nats;
      return { MEMLANE_NATS_URL: nats, MEMLANE_NATS_USER: user, MEMLANE_NATS_PASSWORD: password };
    },
    pidOf,
    createKey: async (owner, scopes) => {
      const narrowed = scopes ? ['--scopes', scopes.join(',')] : [];
      const args = ['keys', 'create', '--owner', owner, ...narrowed, '--data-dir', dataDir];
      const { code, stdout, stderr } = await runCli(args);
      if (code !== 0) throw new Error(`memlane keys create: ${stderr}`);
      return stdout.trim();
    },
    kill9: async (part) => {
      process.kill(await pidOf(part), 'SIGKILL');
    },
    kill9Supervisor: async () => {
      child.kill('SIGKILL');
      await exitOf(child);
    },
    log: () => lines,
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      const code = await exitOf(child);
      clearTimeout(timer);
      return code;
    },
  };
}

/** Runs a `memlane` command from the build to its end. */
export async function runCli(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.stderr += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

function keepLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  const keep = (data: Buffer) => {
    lines.push(...data.toString().split('\n').filter(Boolean));
    lines.splice(0, lines.length - LINES_KEPT);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return lines;
}

function isReady(child: ChildProcess, lines: readonly string[]): boolean {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error('it has ended');
  return lines.some((line) => line.startsWith(READY));
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}
