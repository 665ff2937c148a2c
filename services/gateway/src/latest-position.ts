import { parsePosition } from '@memlane/contracts';

/** The latest of an owner's positions. Of different epochs the last one given counts: the log was made anew. */
export function latestPosition(positions: readonly string[]): string | undefined {
  let latest: string | undefined;
  for (const candidate of positions) {
    const [a, b] = [latest === undefined ? undefined : parsePosition(latest), parsePosition(candidate)];
    if (b && (!a || a.epoch !== b.epoch || b.seq >= a.seq)) latest = candidate;
  }
  return latest;
}
