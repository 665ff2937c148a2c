import { readFileSync } from 'node:fs';

/** Ticks of the kernel's accounting a second: 100 on every Linux of today (`getconf CLK_TCK`). */
const TICKS = 100;

/** CPU seconds that a process has used so far, all threads. Linux only; NaN elsewhere, and of a process that has ended. */
export function cpuSecondsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold anything; fields are counted after it (proc(5): utime is field 14, stime 15).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return Number.NaN;
  }
}
