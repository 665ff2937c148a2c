import { spawn, type ChildProcess } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import type { Writable } from 'node:stream';
import { BACKGROUND_NICE, giveWay, LONG_WORK_NICE } from './give-way.js';

export interface TiedOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Niceness beyond ours. Where the sum is `LONG_WORK_NICE` or more, its session gives way to others. */
  readonly nice?: number;
  /** Raises the limit of open files to the most that is allowed. */
  readonly raiseFileLimit?: boolean;
  /** Its environment is `env` alone, without what is in ours. */
  readonly bareEnv?: boolean;
  /** Its standard input is a pipe; default: there is none. */
  readonly input?: boolean;
  /** Bound of the memory that it may address, in KiB. */
  readonly memoryKib?: number;
  /** The processes that it starts end with us too. */
  readonly wholeGroup?: boolean;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that does not outlive this one. */
export interface TiedProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
}

/**
 * The shell becomes the program, so that its pid is the program's. A watcher stays behind that reads file descriptor 3:
 * a line says that the program has ended by itself; an end without one says that we are dead, even by kill -9.
 */
const TIE = `
if [ -n "$MEMLANE_RAISE_FILES" ]; then ulimit -n "$(ulimit -H -n)" 2>/dev/null || true; fi
if [ -n "$MEMLANE_MEMORY_KIB" ]; then ulimit -v "$MEMLANE_MEMORY_KIB" || exit 126; fi
niceness=$MEMLANE_NICE
whom=$$
if [ -n "$MEMLANE_WHOLE_GROUP" ]; then whom=-$$; fi
unset MEMLANE_RAISE_FILES MEMLANE_MEMORY_KIB MEMLANE_NICE MEMLANE_WHOLE_GROUP
(
  trap '' TERM
  if ! read -r _ <&3; then
    kill -TERM "$whom" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 $$ 2>/dev/null || break; sleep 0.3; done
    kill -KILL "$whom" 2>/dev/null
  fi
) </dev/null >/dev/null 2>&1 &
exec nice -n "$niceness" "$@" 3<&-
`;

/**
 * Starts a foreign program that ends when this process ends, however it ends. It gets its own process group: a Ctrl-C in
 * the terminal reaches us only, and we stop it in order.
 */
export async function spawnTied(options: TiedOptions): Promise<TiedProcess> {
  const env = options.bareEnv ? { ...options.env } : { ...process.env, ...options.env };
  const { cwd, nice = 0 } = options;
  const input = options.input ? 'pipe' : 'ignore';
  const child =
    process.platform === 'win32'
      ? spawn(options.command, [...options.args], { cwd, env, stdio: [input, 'pipe', 'pipe'], windowsHide: true })
      : spawn('/bin/sh', ['-c', TIE, 'sh', options.command, ...options.args], {
          cwd,
          env: {
            ...env,
            MEMLANE_NICE: String(nice),
            MEMLANE_RAISE_FILES: options.raiseFileLimit ? '1' : '',
            MEMLANE_MEMORY_KIB: options.memoryKib === undefined ? '' : String(options.memoryKib),
            MEMLANE_WHOLE_GROUP: options.wholeGroup ? '1' : '',
          },
          stdio: [input, 'pipe', 'pipe', 'pipe'],
          detached: true,
        });
  const exited = new Promise<Exit>((done) => {
    child.once('exit', (code, signal) => {
      const tie = child.stdio[3] as Writable | null | undefined;
      tie?.on('error', () => undefined);
      tie?.end('ended\n');
      done({ code, signal });
    });
  });
  const pid = await new Promise<number>((done, fail) => {
    child.once('error', fail);
    child.once('spawn', () => {
      if (child.pid === undefined) fail(new Error(`${options.command} has no process id`));
      else done(child.pid);
    });
  });
  if (process.platform === 'win32' && nice > 0) setPriority(pid, nice);
  // Its session is a new one: what ours has been told does not hold for it.
  const niceness = Math.min(getPriority() + nice, BACKGROUND_NICE);
  if (niceness >= LONG_WORK_NICE) void giveWay(pid, niceness);
  return { pid, child, exited };
}

/** Sends SIGTERM, and SIGKILL when the process has not ended after `graceMs`. */
export async function stopProcess(
  { child, exited }: Pick<TiedProcess, 'child' | 'exited'>,
  graceMs: number,
): Promise<Exit> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  try {
    return await exited;
  } finally {
    clearTimeout(timer);
  }
}
