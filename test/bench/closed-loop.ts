import { summarise, type Summary } from '../support/percentiles.js';

export interface LoopResult extends Summary {
  /** Completed operations a second. */
  readonly rate: number;
  readonly errors: number;
}

/**
 * Every worker does one operation after the other until the time is over, or so many.
 *
 * @param span seconds, or operations of each worker
 * @param operate does one operation of a worker; a throw counts as an error
 */
export async function runClosedLoop(
  workers: number,
  span: number | { readonly turns: number },
  operate: (worker: number, turn: number) => Promise<void>,
): Promise<LoopResult> {
  const latencies: number[] = [];
  let errors = 0;
  const start = performance.now();
  const isOver = (turn: number) =>
    typeof span === 'number' ? performance.now() >= start + span * 1_000 : turn >= span.turns;
  const run = async (worker: number) => {
    for (let turn = 0; !isOver(turn); turn += 1) {
      const before = performance.now();
      try {
        await operate(worker, turn);
        latencies.push(performance.now() - before);
      } catch {
        errors += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => run(worker)));
  const elapsed = (performance.now() - start) / 1_000;
  return { ...summarise(latencies), rate: latencies.length / elapsed, errors };
}

/**
 * Operations start at fixed times, whether or not earlier ones are done; latency counts from the due time, so that a
 * stall is not hidden by the callers that it stops (coordinated omission).
 */
export async function runOpenLoop(
  perSecond: number,
  seconds: number,
  operate: (turn: number) => Promise<void>,
): Promise<LoopResult> {
  const latencies: number[] = [];
  let errors = 0;
  const running = new Set<Promise<void>>();
  const start = performance.now();
  const total = Math.round(perSecond * seconds);
  for (let turn = 0; turn < total; turn += 1) {
    const due = start + (turn * 1_000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const one: Promise<void> = operate(turn).then(
      () => {
        latencies.push(performance.now() - due);
      },
      () => {
        errors += 1;
      },
    );
    running.add(one);
    void one.finally(() => running.delete(one));
  }
  await Promise.all(running);
  const elapsed = (performance.now() - start) / 1_000;
  return { ...summarise(latencies), rate: latencies.length / elapsed, errors };
}
