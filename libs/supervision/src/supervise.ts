import { backOffMs, STABLE_MS } from './back-off.js';
import { isError, type LogEntry } from './log-line.js';
import type { Log } from './log.js';
import { stopProcess, type TiedProcess } from './spawn-tied.js';

/** Something to keep running. */
export interface PartDefinition {
  readonly name: string;
  /** Starts it once more. */
  readonly start: () => Promise<TiedProcess & { readonly ready?: Promise<void> }>;
  /** How long it may take to stop before it is killed. */
  readonly graceMs: number;
  readonly onPid: (pid: number | undefined) => void;
  /** A process ended that was not asked to; `crashes` in a row so far. */
  readonly onCrash?: (crashes: number, lastWords: string) => void;
  readonly heed?: (entry: LogEntry) => void;
}

/** A process that is started again whenever it ends. */
export interface SupervisedPart {
  readonly name: string;
  /** Resolves when it is ready for the first time; a restart does not change it. */
  readonly ready: Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
  /** Ends it for good, at once. */
  kill(): void;
}

/** Keeps a process running: a crash is answered by a restart, later and later while crashes follow each other. */
export function supervise(definition: PartDefinition, log: Log): SupervisedPart {
  const { name, graceMs, onPid, onCrash } = definition;
  let running: TiedProcess | undefined;
  let stopping = false;
  const isStopping = () => stopping;
  let wake: () => void = () => undefined;
  let becomeReady: () => void = () => undefined;
  const ready = new Promise<void>((done) => (becomeReady = done));

  const runOnce = async (): Promise<string> => {
    let lastWords = '';
    const started = await definition.start();
    running = started;
    onPid(started.pid);
    const heed = (entry: LogEntry) => {
      if (entry.level !== 'debug') lastWords = wordsOf(entry);
      definition.heed?.(entry);
    };
    log.follow(name, started.child.stdout, heed);
    log.follow(name, started.child.stderr, heed);
    if (stopping) void stopProcess(started, graceMs);
    void (started.ready ?? Promise.resolve()).then(becomeReady);
    const { code, signal } = await started.exited;
    running = undefined;
    onPid(undefined);
    return [`ended with ${signal ?? code}`, lastWords].filter(Boolean).join(': ');
  };

  const keepRunning = async () => {
    let crashes = 0;
    while (!isStopping()) {
      const startedAt = performance.now();
      const ended = await runOnce().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
      if (isStopping()) break;
      crashes = performance.now() - startedAt > STABLE_MS ? 1 : crashes + 1;
      const waitMs = backOffMs(crashes);
      log.say('error', name, ended, { crashes, restart_in_ms: waitMs });
      onCrash?.(crashes, ended);
      await new Promise<void>((done) => {
        const timer = setTimeout(done, waitMs);
        wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
  };

  const done = keepRunning();
  return {
    name,
    ready,
    async stop() {
      stopping = true;
      wake();
      if (running) await stopProcess(running, graceMs);
      await done;
    },
    kill() {
      stopping = true;
      wake();
      running?.child.kill('SIGKILL');
    },
  };
}

/** What an entry says about an end that follows it: only a complaint does, with the error that it names. */
function wordsOf({ level, message, fields }: LogEntry): string {
  if (level !== 'warn' && level !== 'error') return '';
  const error = fields?.['err'];
  return isError(error) ? `${message}: ${error.message}` : message;
}
