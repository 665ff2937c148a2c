import type { Readable, Writable } from 'node:stream';
import { spawnTied, type TiedProcess } from '@memlane/supervision';
import { SyncError } from './sync-error.js';

/** Address space of one git, in KiB: packs are mapped, so it is more than what is resident. */
const MEMORY_KIB = 4_194_304;
const STDERR_CHARS = 8_192;
const GRACE_MS = 500;

export interface GitRun {
  /** The bare repository it works on. */
  readonly dir: string;
  readonly timeoutMs: number;
  /** Bytes of output from which the run is ended. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** What it reads; default: nothing. */
  readonly input?: string;
  /** Transports that it may use; default: none. */
  readonly protocols?: 'https' | 'file';
  /** Further settings, `name=value`. */
  readonly config?: readonly string[];
  /** Hears how far it is, of commands that were told to say so. */
  readonly onProgress?: (line: string) => void;
}

/** git ended with an error; what it said stays with us, since it may quote what it was given. */
export class GitError extends Error {
  readonly stderr: string;
  constructor(command: string, stderr: string) {
    super(`git ${command} failed`);
    this.name = 'GitError';
    this.stderr = stderr;
  }
}

/** Nothing of the machine's or the repository's configuration runs anything or lends credentials. */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.askPass=',
  'credential.helper=',
  'protocol.version=2',
  'http.followRedirects=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=60',
  'transfer.fsckObjects=true',
  'fetch.fsckObjects=true',
  // A fetch that is killed then leaves nothing, not some of its objects.
  'fetch.unpackLimit=1',
  'gc.auto=0',
  'pack.threads=1',
  'pack.windowMemory=256m',
  'core.packedGitLimit=256m',
  'core.bigFileThreshold=1m',
];

function environment(dir: string, protocols: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: dir,
    LC_ALL: 'C',
    GIT_DIR: dir,
    GIT_ALLOW_PROTOCOL: protocols,
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
  };
}

/**
 * Runs git to its end, in a process group of its own that is gone when this returns or when we die.
 *
 * @returns what it wrote
 * @throws GitError; SyncError `timeout`, `too-large`; the signal's reason when it was aborted
 */
export async function runGit(args: readonly string[], run: GitRun): Promise<Buffer> {
  run.signal.throwIfAborted();
  const settings = [...SETTINGS, ...(run.config ?? [])].flatMap((setting) => ['-c', setting]);
  const tied = await spawnTied({
    command: 'git',
    args: [...settings, ...args],
    cwd: run.dir,
    env: environment(run.dir, run.protocols ?? 'none'),
    bareEnv: true,
    input: true,
    memoryKib: MEMORY_KIB,
    wholeGroup: true,
  });
  let problem: Error | undefined;
  const end = (error: Error) => {
    problem ??= error;
    killGroup(tied, 'SIGTERM');
    setTimeout(() => killGroup(tied, 'SIGKILL'), GRACE_MS);
  };
  const onAbort = () => end(run.signal.reason instanceof Error ? run.signal.reason : new Error('aborted'));
  run.signal.addEventListener('abort', onAbort, { once: true });
  if (run.signal.aborted) onAbort();
  const timer = setTimeout(
    () => end(new SyncError('timeout', `git took longer than ${run.timeoutMs} ms`)),
    run.timeoutMs,
  );
  try {
    feed(tied.child.stdin, run.input ?? '');
    const tooMuch = () => end(new SyncError('too-large', 'git wrote more than it may'));
    const [output, stderr, exit] = await Promise.all([
      collect(tied.child.stdout, run.maxBytes, tooMuch),
      collectErrors(tied.child.stderr, run.onProgress),
      tied.exited,
    ]);
    if (problem) throw problem;
    if (exit.code !== 0) throw new GitError(args[0] ?? '', stderr);
    return output;
  } finally {
    clearTimeout(timer);
    run.signal.removeEventListener('abort', onAbort);
    killGroup(tied, 'SIGKILL');
  }
}

/** A pipe that git closes early is no fault of ours: its exit tells. */
function feed(stdin: Writable | null, input: string): void {
  stdin?.on('error', () => undefined);
  stdin?.end(input);
}

async function collect(stream: Readable | null, maxBytes: number, tooMuch: () => void): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stream ?? []) {
    bytes += (part as Buffer).byteLength;
    if (bytes <= maxBytes) parts.push(part as Buffer);
    else tooMuch();
  }
  return Buffer.concat(parts);
}

/** Lines that say how far something is, such as `Receiving objects:  45% (9/20)`, which git ends with a return. */
const PROGRESS = /^(?:remote: )?[A-Z][a-z]+ [a-z ]+: +\d+/;

/** What git says is wrong, without how far it is: that goes to the listener. */
async function collectErrors(stream: Readable | null, onProgress?: (line: string) => void): Promise<string> {
  let errors = '';
  let rest = '';
  const take = (line: string) => {
    if (PROGRESS.test(line)) onProgress?.(line);
    else if (errors.length < STDERR_CHARS) errors += `${line}\n`;
  };
  for await (const part of stream ?? []) {
    const lines = (rest + (part as Buffer).toString('latin1')).split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(-STDERR_CHARS);
    lines.forEach(take);
  }
  take(rest);
  return errors.slice(0, STDERR_CHARS);
}

function killGroup({ pid }: TiedProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // All of it has ended.
  }
}
