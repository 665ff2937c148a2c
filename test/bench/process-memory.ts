import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Proportional set size of a process in MB: its part of what is shared; the sum over processes is what they take together.
 * Linux only; NaN elsewhere, and of a process that has ended.
 */
export function proportionalMbOf(pid: number): number {
  return readMb(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB$/m);
}

/** Forgets the largest resident set size of a process so far. Linux only. */
export function forgetPeak(pid: number): void {
  try {
    // proc(5): 5 resets the peak to what is resident now.
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Then the peak since the start of the process is told.
  }
}

/** Largest resident set size of a process since `forgetPeak`, in MB. Linux only; NaN elsewhere. */
export function peakMbOf(pid: number): number {
  return readMb(`/proc/${pid}/status`, /^VmHWM:\s+(\d+) kB$/m);
}

function readMb(file: string, pattern: RegExp): number {
  try {
    const [, kilobytes] = pattern.exec(readFileSync(file, 'utf8')) ?? [];
    return Number(kilobytes) / 1_024;
  } catch {
    return Number.NaN;
  }
}
