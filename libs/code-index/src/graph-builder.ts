import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { limit } from '@memlane/contracts';
import type { Db } from '@memlane/projection';
import type { GraphChange, GraphOf } from './graph-change.js';

/** Builds graphs of repositories beside the thread that writes. */
export interface GraphBuilder {
  /**
   * As `openGraphReader` tells it; `undefined` when it took too long or too much memory.
   *
   * @param db a file: the thread opens it by its name
   * @throws when the builder is closed
   */
  build(db: Db, of: GraphOf): Promise<GraphChange | undefined>;
  close(): Promise<void>;
}

/** For a repository of as many entries as its limit allows. */
const HEAP_MB = 2_048;

/** Idle for so long, the thread gives back what it remembers. */
const IDLE_MS = 300_000;

/** What the thread is asked. */
export interface GraphRequest {
  /** Name of a file of the code index. */
  readonly file: string;
  readonly of: GraphOf;
}

/**
 * One graph at a time, in a thread that remembers the last one: a large one delays nothing but other graphs. Threads run
 * the built code, also when the caller runs from source.
 *
 * @param options.onFailure is told why a repository is left without a graph
 * @param options.timeoutMs how long one may take
 */
export function openGraphBuilder({
  onFailure,
  timeoutMs = limit('code_graph_ms'),
}: {
  readonly onFailure: (error: unknown) => void;
  readonly timeoutMs?: number;
}): GraphBuilder {
  const closing = new AbortController();
  let last: Promise<unknown> = Promise.resolve();

  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;

  async function end(): Promise<void> {
    const ended = thread;
    thread = undefined;
    await ended?.terminate();
  }

  async function run(request: GraphRequest): Promise<GraphChange | undefined> {
    closing.signal.throwIfAborted();
    clearTimeout(idle);
    thread ??= startThread();
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
      const answer = once(thread, 'message', { signal });
      thread.postMessage(request);
      const [change] = (await answer) as [GraphChange];
      idle = setTimeout(() => void end(), IDLE_MS).unref();
      return change;
    } catch (error) {
      await end();
      closing.signal.throwIfAborted();
      onFailure(error);
      return undefined;
    }
  }

  return {
    build(db, of) {
      const next = last.then(() => run({ file: db.name, of }));
      last = next.catch(() => undefined);
      return next;
    },
    async close() {
      closing.abort();
      await last;
      clearTimeout(idle);
      await end();
    },
  };
}

function startThread(): Worker {
  const thread = new Worker(new URL('../dist/graph-worker.js', import.meta.url), {
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  // One that died of an error reports it once more when it is ended.
  thread.on('error', () => undefined);
  thread.unref();
  return thread;
}
