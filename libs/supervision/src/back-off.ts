const FIRST_MS = 200;
const MOST_MS = 10_000;

/** A process that has run so long is healthy: its next crash starts from the first delay again. */
export const STABLE_MS = 30_000;

/** How long to wait before the restart after this many crashes in a row (1 for the first), in milliseconds. */
export function backOffMs(crashes: number): number {
  return Math.min(FIRST_MS * 2 ** Math.max(0, crashes - 1), MOST_MS);
}
