import { fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { giveWay, LONG_WORK_NICE } from './give-way.js';
import type { Exit, TiedProcess } from './spawn-tied.js';

export interface ServiceOptions {
  /** Absolute path of its `main.js`. */
  readonly script: string;
  /** Seen in its command line; the service itself reads its environment only. */
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Bound of the old generation of its heap, in MB. */
  readonly heapMb: number;
  /** From `LONG_WORK_NICE` on its session gives way to those of other services. */
  readonly nice?: number;
}

/** A service's process: it says when it is ready, and ends by itself when its channel to us is gone. */
export interface ServiceProcess extends TiedProcess {
  readonly ready: Promise<void>;
}

/** Starts a service of ours as a process of its own, in a process group of its own. */
export async function startService({
  script,
  args = [],
  env,
  heapMb,
  nice = 0,
}: ServiceOptions): Promise<ServiceProcess> {
  const nodeArgs = [`--max-old-space-size=${heapMb}`];
  // By way of `nice`, so that every thread of the process has the priority; the system call would reach one thread only.
  const byNice = nice > 0 && process.platform !== 'win32';
  const child = fork(script, [...args], {
    ...(byNice
      ? { execPath: 'nice', execArgv: ['-n', String(nice), process.execPath, ...nodeArgs] }
      : { execArgv: nodeArgs }),
    // Fewer arenas: a tenth less memory for the same speed, since one thread does nearly all the work.
    // And given back when freed: loading the model leaves 70 MB of holes otherwise.
    env: { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '1048576', ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
  });
  const exited = new Promise<Exit>((done) => {
    child.once('exit', (code, signal) => {
      done({ code, signal });
    });
  });
  const ready = new Promise<void>((done) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && 'ready' in message) done();
    });
  });
  const pid = await new Promise<number>((done, fail) => {
    child.once('error', fail);
    child.once('spawn', () => {
      if (child.pid === undefined) fail(new Error(`${script} has no process id`));
      else done(child.pid);
    });
  });
  child.on('error', () => undefined);
  if (nice > 0 && !byNice) setPriority(pid, nice);
  if (nice >= LONG_WORK_NICE) void giveWay(pid, nice);
  return { pid, child, exited, ready };
}
