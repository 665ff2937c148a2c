import { execFileSync } from 'node:child_process';
import type { RunningSystem } from '@memlane/testkit';
import { cpuSecondsOf } from './process-cpu.js';
import { forgetPeak, peakMbOf, proportionalMbOf } from './process-memory.js';

/** Name of the process that measures, which is none of the system's. */
export const LOAD_GENERATOR = 'this load generator';

/** A process at one moment, or those that go by one name. */
export interface ProcessReading {
  readonly name: string;
  /** Used so far. */
  readonly cpuSeconds: number;
  /** Counts what processes share once for each. */
  readonly residentMb: number;
  /** Counts what processes share once for all. Linux only. */
  readonly proportionalMb: number;
  /** Since `forgetPeaks`, or else since its start. */
  readonly peakMb: number;
}

/** Every process of a system, whatever it has started, and the one that measures. */
export async function readProcesses(system: RunningSystem): Promise<ProcessReading[]> {
  const readings = new Map<string, ProcessReading>();
  for (const { name, pid, residentMb } of await findProcesses(system)) {
    const before = readings.get(name);
    readings.set(name, {
      name,
      cpuSeconds: (before?.cpuSeconds ?? 0) + cpuSecondsOf(pid),
      residentMb: (before?.residentMb ?? 0) + residentMb,
      proportionalMb: (before?.proportionalMb ?? 0) + proportionalMbOf(pid),
      peakMb: (before?.peakMb ?? 0) + peakMbOf(pid),
    });
  }
  return [...readings.values()];
}

/** Lets the peaks of all processes begin anew. */
export async function forgetPeaks(system: RunningSystem): Promise<void> {
  for (const { pid } of await findProcesses(system)) forgetPeak(pid);
}

/** CPU seconds that a process has used between two readings. */
export function cpuBetween(before: readonly ProcessReading[], { name, cpuSeconds }: ProcessReading): number {
  const used = before.find((other) => other.name === name)?.cpuSeconds ?? 0;
  // It was started again in between.
  return cpuSeconds < used ? cpuSeconds : cpuSeconds - used;
}

interface FoundProcess {
  readonly name: string;
  readonly pid: number;
  readonly residentMb: number;
}

/** Walks down from `memlane up`, so that nothing is missed that a part has started by itself. */
async function findProcesses(system: RunningSystem): Promise<FoundProcess[]> {
  const { parts } = await system.runtime();
  const partOf = new Map(Object.entries(parts).map(([name, { pid }]) => [pid, name]));
  const running = listProcesses();
  const below = ({ name, pid }: FoundProcess): FoundProcess[] =>
    running
      .filter(({ parent }) => parent === pid)
      .flatMap((child) => {
        // Every part has a shell beside it that ends it with its parent.
        const one = { ...child, name: partOf.get(child.pid) ?? (child.isShell ? 'shells' : `${name}, started by it`) };
        return [one, ...below(one)];
      });
  const named = (pid: number, name: string) =>
    running.filter((one) => one.pid === pid).map((one) => ({ ...one, name }));
  const up = named(system.pid, 'memlane up');
  return [...up, ...up.flatMap(below), ...named(process.pid, LOAD_GENERATOR)];
}

function listProcesses() {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,comm='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [pid, parent, kilobytes, ...command] = line.trim().split(/\s+/);
    const isShell = /(?:^|\/)sh$/.test(command.join(' '));
    const residentMb = Number(kilobytes) / 1_024;
    // What has ended and is not yet collected takes nothing.
    return residentMb > 0 ? [{ pid: Number(pid), parent: Number(parent), residentMb, isShell }] : [];
  });
}
