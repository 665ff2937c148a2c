import { limit, type EmbedLane, type EmbedRequest, type Result } from '@memlane/contracts';
import { openFairQueue, type FairQueue } from './fair-queue.js';

type Kind = EmbedRequest['kind'];
type EmbedTexts = (texts: readonly string[], kind: Kind) => Promise<Float32Array[]>;

/** Where bulk work goes while there is much of it, so that a query never waits behind it. */
export interface Background {
  /** Resolves when it can embed. */
  start(): Promise<BackgroundRunner>;
}

export interface BackgroundRunner {
  /** @throws BackgroundLost when it went away before it answered; the work is then done elsewhere */
  embed: EmbedTexts;
  stop(): Promise<void>;
}

/** The background runner died with work in hand. */
export class BackgroundLost extends Error {}

export interface LaneOptions {
  readonly foreground: EmbedTexts;
  readonly background?: Background;
  /** Gives way to what has arrived in the meantime; `setImmediate` in production. */
  readonly breathe: () => Promise<void>;
  /** Runs `action` after a quiet time; answers how to call it off. */
  readonly later: (action: () => void, ms: number) => () => void;
  readonly onBackgroundError?: (error: unknown) => void;
}

export interface LaneStatus {
  readonly queued: number;
  readonly embedded: number;
  readonly refused: number;
}

/** Two bounded queues in front of one model: queries first, bulk work when there are none; each serves users in turn. */
export interface Lanes {
  /** @param owner whose work it is; what is nobody's takes turns as if it were one user's */
  embed(
    lane: EmbedLane,
    kind: Kind,
    texts: readonly string[],
    owner?: string,
  ): Promise<Result<Float32Array[], 'overloaded'>>;
  status(): Record<EmbedLane, LaneStatus> & { readonly background: boolean };
  close(): Promise<void>;
}

/** Queries that wait together run together: eight of them take as long as five one by one. */
const QUERIES_PER_RUN = 8;
const BULK_PER_BACKGROUND_RUN = 8;
/** Fewer waiting texts are done sooner in the foreground than a second model is loaded. */
const BACKGROUND_FROM = 24;
const BACKGROUND_IDLE_MS = 30_000;
const BACKGROUND_RETRY_MS = 10_000;

interface Job {
  readonly kind: Kind;
  readonly texts: readonly string[];
  readonly vectors: Float32Array[];
  /** Index of the next text that nobody works on. */
  next: number;
  done: number;
  settle(result: 'done' | { readonly error: Error }): void;
}

interface Unit {
  readonly job: Job;
  readonly index: number;
}

type BackgroundState =
  | { readonly is: 'down' }
  | { readonly is: 'starting' }
  | { readonly is: 'resting' }
  | { readonly is: 'up'; readonly runner: BackgroundRunner };

export function openLanes(options: LaneOptions): Lanes {
  const waiting: Record<EmbedLane, FairQueue<Job>> = { interactive: openFairQueue(), bulk: openFairQueue() };
  /** Units of a lost background runner; they go first. */
  const returned: Unit[] = [];
  const counts = {
    interactive: { queued: 0, embedded: 0, refused: 0 },
    bulk: { queued: 0, embedded: 0, refused: 0 },
  };
  const bound = limit('embed_queue');
  let background: BackgroundState = { is: 'down' };
  let foregroundRuns = false;
  let backgroundRuns = false;
  let closed = false;
  let callOffRest = () => {};

  function take(lane: EmbedLane, most: number): Unit[] {
    const jobs = waiting[lane];
    const units: Unit[] = lane === 'bulk' ? returned.splice(0, most) : [];
    let kind = units[0]?.job.kind;
    for (let job = jobs.peek(); job !== undefined && units.length < most; job = jobs.peek()) {
      kind ??= job.kind;
      if (job.kind !== kind) break;
      units.push({ job, index: job.next });
      job.next += 1;
      jobs.pass(job.next >= job.texts.length);
    }
    counts[lane].queued -= units.length;
    return units;
  }

  async function run(lane: EmbedLane, units: readonly Unit[], embed: EmbedTexts): Promise<void> {
    const texts = units.map(({ job, index }) => job.texts[index] ?? '');
    try {
      const vectors = await embed(texts, units[0]?.job.kind ?? 'passage');
      counts[lane].embedded += units.length;
      units.forEach(({ job, index }, i) => finish(job, index, vectors[i]));
    } catch (error) {
      if (error instanceof BackgroundLost) {
        returned.unshift(...units);
        counts[lane].queued += units.length;
        throw error;
      }
      const cause = error instanceof Error ? error : new Error(String(error));
      for (const { job } of units) job.settle({ error: cause });
    }
  }

  async function runForeground(): Promise<void> {
    if (foregroundRuns) return;
    foregroundRuns = true;
    // A burst that arrives within one turn of the event loop is one run.
    await options.breathe();
    while (!closed) {
      const queries = take('interactive', QUERIES_PER_RUN);
      const bulk = queries.length === 0 && background.is !== 'up' ? take('bulk', 1) : [];
      if (queries.length + bulk.length === 0) break;
      if (queries.length > 0) await run('interactive', queries, options.foreground);
      else await run('bulk', bulk, options.foreground);
      await options.breathe();
    }
    foregroundRuns = false;
  }

  async function runBackground(runner: BackgroundRunner): Promise<void> {
    if (backgroundRuns) return;
    backgroundRuns = true;
    callOffRest();
    try {
      for (let units = take('bulk', BULK_PER_BACKGROUND_RUN); units.length > 0 && !closed;) {
        await run('bulk', units, runner.embed);
        units = take('bulk', BULK_PER_BACKGROUND_RUN);
      }
      callOffRest = options.later(() => rest(runner), BACKGROUND_IDLE_MS);
    } catch (error) {
      restAfter(error);
    } finally {
      backgroundRuns = false;
    }
    wake();
  }

  function rest(runner: BackgroundRunner): void {
    if (backgroundRuns || background.is !== 'up') return;
    background = { is: 'down' };
    runner.stop().catch((error: unknown) => options.onBackgroundError?.(error));
  }

  function restAfter(error: unknown): void {
    options.onBackgroundError?.(error);
    background = { is: 'resting' };
    options.later(() => {
      background = { is: 'down' };
      wake();
    }, BACKGROUND_RETRY_MS);
  }

  function startBackground(source: Background): void {
    background = { is: 'starting' };
    source.start().then(
      (runner) => {
        background = { is: 'up', runner };
        if (closed) rest(runner);
        else void runBackground(runner);
      },
      (error: unknown) => {
        restAfter(error);
        wake();
      },
    );
  }

  function wake(): void {
    if (closed) return;
    const bulk = counts.bulk.queued;
    if (bulk > 0 && background.is === 'up') void runBackground(background.runner);
    if (bulk >= BACKGROUND_FROM && background.is === 'down' && options.background) startBackground(options.background);
    if (counts.interactive.queued > 0 || (bulk > 0 && background.is !== 'up')) void runForeground();
  }

  return {
    embed(lane, kind, texts, owner = '') {
      const count = counts[lane];
      if (closed || count.queued + texts.length > bound) {
        count.refused += texts.length;
        return Promise.resolve({ ok: false, error: 'overloaded' });
      }
      if (texts.length === 0) return Promise.resolve({ ok: true, value: [] });
      return new Promise((resolve, reject) => {
        const vectors = new Array<Float32Array>(texts.length);
        const settle: Job['settle'] = (result) =>
          result === 'done' ? resolve({ ok: true, value: vectors }) : reject(result.error);
        waiting[lane].push(owner, { kind, texts, vectors, next: 0, done: 0, settle });
        count.queued += texts.length;
        wake();
      });
    },
    status: () => ({
      interactive: { ...counts.interactive },
      bulk: { ...counts.bulk },
      background: background.is === 'up',
    }),
    async close() {
      closed = true;
      callOffRest();
      const gone = new Error('the embedder is stopping');
      for (const lane of [waiting.interactive, waiting.bulk]) for (const job of lane) job.settle({ error: gone });
      for (const { job } of returned) job.settle({ error: gone });
      if (background.is === 'up') await background.runner.stop();
    },
  };
}

function finish(job: Job, index: number, vector: Float32Array | undefined): void {
  if (!vector) return job.settle({ error: new Error('the model answered too few vectors') });
  job.vectors[index] = vector;
  job.done += 1;
  if (job.done === job.texts.length) job.settle('done');
}
