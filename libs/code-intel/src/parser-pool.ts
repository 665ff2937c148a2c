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
  /** Starts a thread that answers each file that it is sent with the parsed file. */
  readonly startThread?: () => Worker;
}

/** What a thread is asked, and what it answers: one file at a time, so nothing needs a name. */
interface Task {
  readonly file: SourceFile;
  readonly done: (parsed: ParsedFile) => void;
  readonly fail: (error: Error) => void;
}

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
  const idle: Worker[] = [];
  const running = new Map<Worker, Task>();
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
      const tasks = [...waiting.splice(0), ...running.values()];
      const threads = [...idle.splice(0), ...running.keys()];
      running.clear();
      for (const { fail } of tasks) fail(new Error('the parser pool is closed'));
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };

  function startNext(): void {
    while (waiting.length > 0 && running.size < workers) {
      const task = waiting.shift();
      if (task) run(idle.pop() ?? startThread(), task);
    }
  }

  function run(thread: Worker, task: Task): void {
    const timer = setTimeout(() => {
      end('timed-out');
    }, timeoutMs);
    const onMessage = (parsed: ParsedFile) => {
      release();
      idle.push(thread);
      task.done(parsed);
      startNext();
    };
    const onDeath = () => {
      end('crashed');
    };
    running.set(thread, task);
    thread.on('message', onMessage).on('error', onDeath).on('exit', onDeath);
    thread.postMessage(task.file);

    function release(): void {
      clearTimeout(timer);
      running.delete(thread);
      thread.off('message', onMessage).off('error', onDeath).off('exit', onDeath);
    }

    function end(reason: AsTextReason): void {
      release();
      if (isClosed) return;
      // A thread that died of an error reports it once more when it is ended.
      thread.on('error', () => undefined);
      void thread.terminate();
      task.done(parseAsText(task.file, languageOf(task.file.path, task.file.text.split('\n', 1)[0]), reason));
      startNext();
    }
  }
}

function startParseThread(): Worker {
  const file = new URL('../dist/parse-worker.js', import.meta.url);
  const thread = new Worker(file, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
  thread.unref();
  return thread;
}
