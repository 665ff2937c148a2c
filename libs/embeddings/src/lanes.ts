import { embedLanes, limit, type EmbedLane, type EmbedRequest, type Result } from '@memlane/contracts';
import { BackgroundLost, type Background, type BackgroundRunner, type EmbedTexts } from './background.js';
import { openFairQueue, type FairQueue } from './fair-queue.js';
import { openGiveWay } from './give-way.js';

type Kind = EmbedRequest['kind'];

export interface LaneOptions {
  readonly foreground: EmbedTexts;
  readonly background?: Background;
  /** Gives way to what has arrived in the meantime; `setImmediate` in production. */
  readonly breathe: () => Promise<void>;
  /** Runs `action` after a quiet time; answers how to call it off. */
  readonly later: (action: () => void, ms: number) => () => void;
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  readonly onBackgroundError?: (error: unknown) => void;
}

export interface LaneStatus {
  readonly queued: number;
  readonly embedded: number;
  readonly refused: number;
}

/**
 * Bounded queues in front of one model, one for each lane; each serves users in turn. A run of the model is short, and
 * what comes with a higher priority waits for no more than the run that has begun. Code has its runs while nobody is
 * served, and hardly any otherwise, see `openGiveWay`: two threads of one core take twice as long each, whatever their
 * priorities.
 */
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

/**
 * One text a run: on one thread several take as long together as one after the other, and then each is answered when it is
 * done. A run of memories in the background has several, so that they share the way to another process; one of code is
 * what somebody may have to wait for.
 */
const PER_RUN: Record<HeavyLane, number> = { bulk: 1, code: 1 };
const PER_BACKGROUND_RUN: Record<HeavyLane, number> = { bulk: 8, code: 1 };
/** Code gives way to memories, but not for ever: after so many of their texts it has a run. */
const BULK_PER_CODE_RUN = 8;
/**
 * Fewer texts of memories are done sooner in the foreground than a second model is loaded. Code is in no hurry, and its
 * texts are the longest that a query can wait for.
 */
const BACKGROUND_FROM: Record<HeavyLane, number> = { bulk: 24, code: 8 };
/**
 * They count together that come with no longer pause: a sync has a few chunks embedded at a time, and each is a run that
 * queries would wait for.
 */
const PAUSE_MS = 5_000;
const BACKGROUND_IDLE_MS = 30_000;
const BACKGROUND_RETRY_MS = 10_000;

/** Lanes whose work goes to the background. */
type HeavyLane = 'bulk' | 'code';

interface Job {
  readonly lane: EmbedLane;
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
  const waiting = ofEachLane((): FairQueue<Job> => openFairQueue());
  const counts = ofEachLane(() => ({ queued: 0, embedded: 0, refused: 0 }));
  const bounds = ofEachLane((lane) => limit(lane === 'fresh' ? 'embed_fresh_queue' : 'embed_queue'));
  /** Units of a lost background runner; they go first. */
  const returned: Unit[] = [];
  /** Texts of memories since code last had a run. */
  let bulkInARow = 0;
  let background: BackgroundState = { is: 'down' };
  let foregroundRuns = false;
  let backgroundRuns = false;
  let closed = false;
  let callOffRest = () => {};
  /** Texts of bulk work and code since the last pause. */
  let heavyInARow = 0;
  let callOffPause = () => {};
  const way = openGiveWay(options.now);
  let callOffCode: (() => void) | undefined;

  /** Whether a request is more than its lane takes: of all users or, of what was just stored, of this one. */
  function isTooMuch(lane: EmbedLane, texts: readonly string[], owner: string): boolean {
    if (counts[lane].queued + texts.length > bounds[lane]) return true;
    if (lane !== 'fresh') return false;
    const own = waiting.fresh.of(owner).reduce((sum, job) => sum + job.texts.length - job.next, 0);
    return own + texts.length > limit('embed_fresh_texts_per_user');
  }

  function take(lane: EmbedLane, most: number): Unit[] {
    const jobs = waiting[lane];
    const units: Unit[] = [];
    let kind: Kind | undefined;
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

  /** The next run of bulk work or code; all of it is of one lane. */
  function takeHeavy(most: Record<HeavyLane, number>): Unit[] {
    const mayCode = counts.code.queued > 0 && way.waitMs() === 0;
    const [lost] = returned;
    if (lost && (mayCode || lost.job.lane === 'bulk')) {
      // They were one run, so all of them are of one lane.
      const units = returned.splice(0, most[lost.job.lane === 'code' ? 'code' : 'bulk']);
      counts[lost.job.lane].queued -= units.length;
      return units;
    }
    const codeIsDue = bulkInARow >= BULK_PER_CODE_RUN && mayCode;
    const units = codeIsDue ? [] : take('bulk', most.bulk);
    if (units.length === 0 && mayCode) units.push(...take('code', most.code));
    bulkInARow = units[0]?.job.lane === 'bulk' ? bulkInARow + units.length : 0;
    return units;
  }

  async function run(units: readonly Unit[], embed: EmbedTexts): Promise<void> {
    const [first] = units;
    if (!first) return;
    const count = counts[first.job.lane];
    const texts = units.map(({ job, index }) => job.texts[index] ?? '');
    const begun = options.now();
    try {
      const vectors = await embed(texts, first.job.kind);
      count.embedded += units.length;
      units.forEach(({ job, index }, i) => finish(job, index, vectors[i]));
    } catch (error) {
      if (error instanceof BackgroundLost) {
        returned.unshift(...units);
        count.queued += units.length;
        throw error;
      }
      const cause = error instanceof Error ? error : new Error(String(error));
      for (const { job } of units) job.settle({ error: cause });
    } finally {
      if (first.job.lane === 'code') way.ran(options.now() - begun);
    }
  }

  function takeForeground(): Unit[] {
    for (const lane of ['interactive', 'fresh'] as const) {
      const units = take(lane, 1);
      if (units.length > 0) return units;
    }
    return background.is === 'up' ? [] : takeHeavy(PER_RUN);
  }

  async function runForeground(): Promise<void> {
    if (foregroundRuns) return;
    foregroundRuns = true;
    // A burst that arrives within one turn of the event loop is one run.
    await options.breathe();
    while (!closed) {
      const units = takeForeground();
      if (units.length === 0) break;
      await run(units, options.foreground);
      if (isLight(units[0]?.job.lane)) way.served();
      await options.breathe();
    }
    foregroundRuns = false;
    wakeForCode();
  }

  async function runBackground(runner: BackgroundRunner): Promise<void> {
    if (backgroundRuns) return;
    backgroundRuns = true;
    callOffRest();
    try {
      for (let units = takeHeavy(PER_BACKGROUND_RUN); units.length > 0 && !closed;) {
        await run(units, runner.embed);
        units = takeHeavy(PER_BACKGROUND_RUN);
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

  function countHeavy(lane: EmbedLane, texts: number): void {
    if (lane !== 'bulk' && lane !== 'code') return;
    heavyInARow += texts;
    callOffPause();
    callOffPause = options.later(() => (heavyInARow = 0), PAUSE_MS);
  }

  /** Looks again when code may have a run. */
  function wakeForCode(): void {
    if (closed || counts.code.queued === 0 || callOffCode) return;
    callOffCode = options.later(() => {
      callOffCode = undefined;
      wake();
    }, way.waitMs());
  }

  function wake(): void {
    if (closed) return;
    const codeWaits = way.waitMs() > 0;
    if (codeWaits) wakeForCode();
    const heavy = counts.bulk.queued + (codeWaits ? 0 : counts.code.queued);
    if (heavy > 0 && background.is === 'up') void runBackground(background.runner);
    const isMuch = heavy > 0 && heavyInARow >= BACKGROUND_FROM[counts.bulk.queued > 0 ? 'bulk' : 'code'];
    if (isMuch && background.is === 'down' && options.background) startBackground(options.background);
    const light = counts.interactive.queued + counts.fresh.queued;
    if (light > 0 || (heavy > 0 && background.is !== 'up')) void runForeground();
  }

  return {
    embed(lane, kind, texts, owner = '') {
      const count = counts[lane];
      // Also who has no text left to embed, since all of them were known: there is more of this one's to come.
      if (isLight(lane)) way.served();
      if (closed || isTooMuch(lane, texts, owner)) {
        count.refused += texts.length;
        return Promise.resolve({ ok: false, error: 'overloaded' });
      }
      if (texts.length === 0) return Promise.resolve({ ok: true, value: [] });
      return new Promise((resolve, reject) => {
        const vectors = new Array<Float32Array>(texts.length);
        const settle: Job['settle'] = (result) =>
          result === 'done' ? resolve({ ok: true, value: vectors }) : reject(result.error);
        waiting[lane].push(owner, { lane, kind, texts, vectors, next: 0, done: 0, settle });
        count.queued += texts.length;
        countHeavy(lane, texts.length);
        wake();
      });
    },
    status: () => ({ ...ofEachLane((lane) => ({ ...counts[lane] })), background: background.is === 'up' }),
    async close() {
      closed = true;
      callOffRest();
      callOffPause();
      callOffCode?.();
      const gone = new Error('the embedder is stopping');
      for (const lane of embedLanes) for (const job of waiting[lane]) job.settle({ error: gone });
      for (const { job } of returned) job.settle({ error: gone });
      if (background.is === 'up') await background.runner.stop();
    },
  };
}

/** Whether somebody waits for what is in a lane. */
function isLight(lane: EmbedLane | undefined): boolean {
  return lane === 'interactive' || lane === 'fresh';
}

function finish(job: Job, index: number, vector: Float32Array | undefined): void {
  if (!vector) return job.settle({ error: new Error('the model answered too few vectors') });
  job.vectors[index] = vector;
  job.done += 1;
  if (job.done === job.texts.length) job.settle('done');
}

function ofEachLane<T>(make: (lane: EmbedLane) => T): Record<EmbedLane, T> {
  return { interactive: make('interactive'), fresh: make('fresh'), bulk: make('bulk'), code: make('code') };
}
