import type { RunningSystem } from '@memlane/testkit';
import { cpuSecondsOf } from './process-cpu.js';
import { forgetPeak, memoryOf, peakMbOf } from './process-memory.js';

/** A process at one moment. */
export interface ProcessReading {
  readonly name: string;
  /** Used so far. */
  readonly cpuSeconds: number;
  readonly residentMb: number;
  /** Since `forgetPeaks`, or else since its start. */
  readonly peakMb: number;
}

/** Every process of a system, and the one that measures. */
export async function readProcesses(system: RunningSystem): Promise<ProcessReading[]> {
  return (await pidsOf(system)).map(([name, pid]) => ({
    name,
    cpuSeconds: cpuSecondsOf(pid),
    residentMb: memoryOf(pid).resident,
    peakMb: peakMbOf(pid),
  }));
}

/** Lets the peaks of all processes begin anew. */
export async function forgetPeaks(system: RunningSystem): Promise<void> {
  for (const [, pid] of await pidsOf(system)) forgetPeak(pid);
}

/** CPU seconds that a process has used between two readings. */
export function cpuBetween(before: readonly ProcessReading[], { name, cpuSeconds }: ProcessReading): number {
  return cpuSeconds - (before.find((other) => other.name === name)?.cpuSeconds ?? 0);
}

async function pidsOf(system: RunningSystem): Promise<(readonly [name: string, pid: number])[]> {
  const { parts } = await system.runtime();
  return [
    ['memlane up', system.pid],
    ...Object.entries(parts).map(([name, { pid }]) => [name, pid] as const),
    ['this load generator', process.pid],
  ];
}
