import { fnv1a32, limit } from '@memlane/contracts';
import { isActive, type RepoFacts } from './state.js';

const MINUTE_MS = 60_000;
/** A source that fails is asked less often, up to this many times its interval. */
const MAX_BACK_OFF = 32;
/** Share of the interval by which each sync is later, so that what was set together does not stay together. */
const JITTER = 0.1;
/** By how much the clocks of two handlers may differ. */
const CLOCK_SKEW_MS = 60_000;

/**
 * When a repository is to sync by itself, ISO 8601 UTC; `undefined`: not by itself, or not before its job has ended.
 * Counted from the last request, whoever made it, so that it follows from the log alone.
 */
export function dueAt({ job, auto }: RepoFacts): string | undefined {
  if (isActive(job)) return undefined;
  const requestedAt = Date.parse(job.requestedAt);
  const wanted = auto.wanted && auto.hook !== null ? requestedAt + limit('webhook_spacing_ms') : Infinity;
  const scheduled = auto.everyMinutes === null ? Infinity : requestedAt + waitOf(auto.everyMinutes, job);
  const due = Math.min(wanted, scheduled);
  return Number.isFinite(due) ? new Date(due).toISOString() : undefined;
}

/**
 * Whether a repository is to sync by itself now. One whose last request is yet to come was asked for before the clock was
 * set back: without this it would wait until the time comes again, which may be years.
 *
 * @param now ISO 8601 UTC
 */
export function isDue(repo: RepoFacts, now: string): boolean {
  const due = dueAt(repo);
  return due !== undefined && (due <= now || repo.job.requestedAt > latestRequestAt(now));
}

/** No request that was made by `now` is later. Both are ISO 8601 UTC. */
export function latestRequestAt(now: string): string {
  return new Date(Date.parse(now) + CLOCK_SKEW_MS).toISOString();
}

function waitOf(everyMinutes: number, { id, state, failuresBefore }: RepoFacts['job']): number {
  const failures = state === 'failed' ? failuresBefore + 1 : 0;
  const backOff = Math.min(2 ** failures, MAX_BACK_OFF);
  // The job is another one each time, and so is its share.
  const jitter = JITTER * ((fnv1a32(id) % 1_000) / 1_000);
  return Math.round(everyMinutes * MINUTE_MS * (backOff + jitter));
}
