import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Memory of a process in MB. */
export interface ProcessMemory {
  /** Resident set size, as `ps` reports it: counts what processes share once for each. */
  readonly resident: number;
  /** Proportional set size: its part of what is shared; the sum over processes is what they take together. Linux only. */
  readonly proportional: number;
}

export function memoryOf(pid: number): ProcessMemory {
  const resident = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1_024;
  return { resident, proportional: proportionalMb(pid) };
}

function proportionalMb(pid: number): number {
  try {
    const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    return Number(kilobytes) / 1_024;
  } catch {
    return Number.NaN;
  }
}
