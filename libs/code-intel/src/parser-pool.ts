import { Worker } from 'node:worker_threads';
import { limit } from '@memlane/contracts';
import { languageOf } from './languages.js';
import { parseAsText } from './parse-file.js';
import type { AsTextReason, ParsedFile, ParserPool, SourceFile } from './types.js';

export interface ParserPoolOptions {
  /** Threads; each holds the grammars it has used. */
  readonly workers: number;
  /** Milliseconds one file may take, its grammar's loading included, before its thread is ended. */
  readonly timeoutMs?: number;
  /** Starts a thread that answers each file that it is sent with the parsed file, one after the other. */
  readonly startThread?: () => Worker;
}

/** What a thread is asked, and what it answers: in the same order, so nothing needs a name. */
interface Task {
  readonly file: SourceFile;
  readonly done: (parsed: ParsedFile) => void;
  readonly fail: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  /** The first is the one that it works on. */
  readonly tasks: Task[];
  timer: NodeJS.Timeout | undefined;
}

/** Files that a thread has at most, so that it need not wait for whoever asks while that one writes. */
const MOST_TASKS = 16;
/** A thread beyond this heap dies, and its file is taken as text. */
const HEAP_MB = 512;
/** By the clock, beside the processor time that a file may take: a grammar is loaded, and the machine may be busy. */
const WAITING_MS = 120_000;

/**
 * Starts threads that parse. The thread has its own bound on time; one that does not keep it (a loop in a grammar) is
 * ended here. A new thread takes the place of a dead one when the next file comes.
 *
 * Threads run the built code, also when the caller runs from source.
 */
export function openParserPool({
  workers,
  timeoutMs = limit('code_parse_ms') + WAITING_MS,
  startThread = startParseThread,
}: ParserPoolOptions): ParserPool {
  const waiting: Task[] = [];
  const threads = new Set<Thread>();
  let isClosed = false;

  return {
    parse: (file) =>
      new Promise((done, fail) => {
        if (isClosed) {
          fail(new Error('the parser pool is closed'));
          return;
        }
        waiting.push({ file, done, fail });
        startNext();
      }),
    async close() {
      isClosed = true;
      const ended = [...threads];
      threads.clear();
      for (const { timer } of ended) clearTimeout(timer);
      const tasks = [...ended.flatMap((thread) => thread.tasks), ...waiting.splice(0)];
      for (const { fail } of tasks) fail(new Error('the parser pool is closed'));
      await Promise.all(ended.map(({ worker }) => worker.terminate()));
    },
  };

  function startNext(): void {
    for (;;) {
      const [task] = waiting;
      const thread = task && findThread();
      if (!thread) return;
      void waiting.shift();
      thread.tasks.push(task);
      thread.worker.postMessage(task.file);
      if (thread.tasks.length === 1) watch(thread);
    }
  }

  /** The one with the least to do; a new one before any has to wait. */
  function findThread(): Thread | undefined {
    let least: Thread | undefined;
    for (const thread of threads) if (thread.tasks.length < (least?.tasks.length ?? Infinity)) least = thread;
    if (threads.size < workers && least?.tasks.length !== 0) return start();
    return least && least.tasks.length < MOST_TASKS ? least : undefined;
  }

  function start(): Thread {
    const thread: Thread = { worker: startThread(), tasks: [], timer: undefined };
    threads.add(thread);
    // Its exit comes after all that it has answered, and after an error too.
    thread.worker.on('error', () => undefined).on('exit', () => end(thread, 'crashed'));
    thread.worker.on('message', (parsed: ParsedFile) => {
      if (!threads.has(thread)) return;
      const task = thread.tasks.shift();
      watch(thread);
      task?.done(parsed);
      startNext();
    });
    return thread;
  }

  function watch(thread: Thread): void {
    clearTimeout(thread.timer);
    thread.timer = thread.tasks.length === 0 ? undefined : setTimeout(() => end(thread, 'timed-out'), timeoutMs);
  }

  /** Blames the file that the thread works on; the others go to another one. */
  function end(thread: Thread, reason: AsTextReason): void {
    if (!threads.delete(thread)) return;
    clearTimeout(thread.timer);
    void thread.worker.terminate();
    const [task, ...others] = thread.tasks;
    waiting.unshift(...others);
    task?.done(parseAsText(task.file, languageOf(task.file.path, task.file.text.split('\n', 1)[0]), reason));
    startNext();
  }
}

function startParseThread(): Worker {
  const file = new URL('../dist/parse-worker.js', import.meta.url);
  const thread = new Worker(file, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
  thread.unref();
  return thread;
}
