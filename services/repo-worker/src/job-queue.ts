import { jobKinds, limit, partitionOf, streams, subjects, type Job } from '@memlane/contracts';
import { jobConsumer, type EventLog } from '@memlane/event-log';
import type { Logger } from '@memlane/telemetry';
import type { JsMsg } from '@nats-io/jetstream';

/** Jobs that are taken and done. */
export interface JobQueue {
  /** Tells those that run to stop, and waits for them; another worker goes on with them. */
  stop(): Promise<void>;
  readonly running: () => number;
}

export interface JobQueueSettings {
  readonly log: EventLog;
  readonly logger: Logger;
  /** Does a job; throwing has it taken up again. */
  readonly run: (job: Job, stopping: AbortSignal) => Promise<void>;
}

const KIND = jobKinds.repository;
/** A third of the wait after which the server gives a job to another worker. */
const WORKING_MS = 3_000;
/** Between two looks at the queue when nothing calls: jobs of workers that died come back without a sound. */
const LOOK_MS = 1_000;
const RETRY_MS = 2_000;
const STOPPING = new Error('this worker stops');

/**
 * Takes jobs in turn of their owners: whoever was served longest ago comes first, so that many jobs of one owner delay
 * the first one of another by one running job at most. Each owner has a consumer that gives out one job at a time.
 */
export function runJobs({ log, logger, run }: JobQueueSettings): JobQueue {
  const stopping = new AbortController();
  const isStopped = () => stopping.signal.aborted;
  const inHand = new Set<string>();
  const servedAt = new Map<string, number>();
  let turns = 0;
  let wake: () => void = () => undefined;
  let woken = new Promise<void>((resolve) => (wake = resolve));
  const calls = log.nc.subscribe(subjects.job(KIND, '*', '*'), { callback: () => wake() });

  const takeFrom = async (owner: string): Promise<JsMsg | null> => {
    const settings = jobConsumer(KIND, partitionOf(owner, log.partitions), owner);
    await log.jsm.consumers.add(streams.jobs, settings);
    const consumer = await log.js.consumers.get(streams.jobs, settings.durable_name);
    return consumer.next({ expires: LOOK_MS });
  };

  /** One taker looks at a time, or two would wait for the same owner. */
  let looking: Promise<unknown> = Promise.resolve();
  const take = (): Promise<Taken | undefined> => {
    const look = looking.then(async () => {
      for (const owner of await ownersWithJobs(log)) {
        if (isStopped()) return undefined;
        if (inHand.has(owner)) continue;
        const message = await takeFrom(owner);
        if (!message) continue;
        inHand.add(owner);
        servedAt.set(owner, (turns += 1));
        return { owner, message };
      }
      return undefined;
    });
    looking = look.catch(() => undefined);
    return look;
  };

  const ownersWithJobs = async ({ jsm }: EventLog): Promise<string[]> => {
    const { state } = await jsm.streams.info(streams.jobs, { subjects_filter: subjects.job(KIND, '*', '*') });
    const owners = Object.keys(state.subjects ?? {}).map((subject) => subject.slice(subject.lastIndexOf('.') + 1));
    for (const owner of servedAt.keys()) if (!owners.includes(owner)) servedAt.delete(owner);
    return owners.sort((a, b) => (servedAt.get(a) ?? 0) - (servedAt.get(b) ?? 0));
  };

  const work = async ({ message }: Taken): Promise<void> => {
    const working = setInterval(() => message.working(), WORKING_MS);
    try {
      await run(message.json<Job>(), stopping.signal);
      message.ack();
    } catch (error) {
      if (!isStopped()) logger.warn({ err: error }, 'job is taken up again');
      message.nak(isStopped() ? 0 : RETRY_MS);
    } finally {
      clearInterval(working);
    }
  };

  const keepTaking = async () => {
    while (!isStopped()) {
      const taken = await take().catch((error: unknown) => {
        if (!isStopped()) logger.warn({ err: error }, 'cannot look for jobs');
        return undefined;
      });
      if (taken) {
        await work(taken);
        inHand.delete(taken.owner);
        wake();
        continue;
      }
      if (isStopped()) return;
      await Promise.race([woken, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
      woken = new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const takers = Array.from({ length: limit('jobs_per_worker') }, keepTaking);

  return {
    running: () => inHand.size,
    stop: async () => {
      stopping.abort(STOPPING);
      calls.unsubscribe();
      wake();
      await Promise.all(takers);
    },
  };
}

interface Taken {
  readonly owner: string;
  readonly message: JsMsg;
}
