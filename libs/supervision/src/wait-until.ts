import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 20;

/**
 * Asks until the answer is true.
 * @throws Error with `what`, after `timeoutMs` or when `signal` ends the wait
 */
export async function waitUntil(
  what: string,
  ask: () => Promise<boolean>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await ask())) {
    if (signal?.aborted) throw new Error(`${what}: ${String(signal.reason)}`);
    if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs / 1_000} s`);
    await sleep(INTERVAL_MS);
  }
}
