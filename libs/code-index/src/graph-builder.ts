import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { limit } from '@memlane/contracts';
import type { Db } from '@memlane/projection';
import type { GraphChange, GraphOf } from './graph-change.js';

/** Builds graphs of repositories beside the thread that writes. */
export interface GraphBuilder {
  /**
   * As `readGraphChange`; `undefined` when it took too long or too much memory.
   *
   * @param db a file: the thread opens it by its name
   * @throws when the builder is closed
   */
  build(db: Db, of: GraphOf): Promise<GraphChange | undefined>;
  close(): Promise<void>;
}

/** For a repository of as many entries as its limit allows. */
const HEAP_MB = 2_048;

/**
 * One graph at a time, each in a thread of its own: it gives back all that it took, and a large one delays nothing but
 * other graphs. Threads run the built code, also when the caller runs from source.
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

  async function run(file: string, of: GraphOf): Promise<GraphChange | undefined> {
    closing.signal.throwIfAborted();
    const thread = new Worker(new URL('../dist/graph-worker.js', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      workerData: { file, of },
    });
    // One that died of an error reports it once more when it is ended.
    thread.on('error', () => undefined);
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
      const [change] = (await once(thread, 'message', { signal })) as [GraphChange];
      return change;
    } catch (error) {
      closing.signal.throwIfAborted();
      onFailure(error);
      return undefined;
    } finally {
      await thread.terminate();
    }
  }

  return {
    build(db, of) {
      const next = last.then(() => run(db.name, of));
      last = next.catch(() => undefined);
      return next;
    },
    async close() {
      closing.abort();
      await last;
    },
  };
}
