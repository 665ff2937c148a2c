import { live, type JobProgress } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';

/** Tells whoever listens how far a job is. */
export interface ProgressTeller {
  phase(phase: JobProgress['phase']): void;
  /** Of the phase: objects that are fetched, or entries of the plan, those of earlier workers included. */
  count(done: number, total: number): void;
  /** The last word about the job. */
  end(state: JobProgress['state']): void;
  close(): void;
}

/** Between two messages, so that a fast sync does not flood its listeners. */
const EVERY_MS = 200;

export function tellProgress(nc: NatsConnection, owner: string, id: string, now: () => number): ProgressTeller {
  let progress: JobProgress = {
    id,
    state: 'running',
    phase: 'fetching',
    done: 0,
    total: 0,
    rate: 0,
    eta_seconds: null,
  };
  let begin: { readonly at: number; readonly done: number } | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = () => {
    toldAt = now();
    nc.publish(live.jobProgress(owner), JSON.stringify(progress));
  };
  const asked = nc.subscribe(live.job(id), {
    callback: (error, message) => {
      if (!error) message.respond(JSON.stringify(progress));
    },
  });
  return {
    phase: (phase) => {
      // What is counted is another thing in each phase; the last one counts nothing more.
      if (phase === 'recording') progress = { ...progress, done: 0, total: 0, rate: 0, eta_seconds: null };
      begin = undefined;
      progress = { ...progress, phase };
      tell();
    },
    count: (done, total) => {
      begin ??= { at: now(), done };
      const seconds = (now() - begin.at) / 1_000;
      const rate = seconds > 0 ? Math.round((done - begin.done) / seconds) : 0;
      progress = { ...progress, done, total, rate, eta_seconds: rate > 0 ? Math.ceil((total - done) / rate) : null };
      if (now() - toldAt >= EVERY_MS || done === total) tell();
    },
    end: (state) => {
      progress = { ...progress, state, phase: 'ended', eta_seconds: null };
      tell();
    },
    close: () => asked.unsubscribe(),
  };
}
