import { execFileSync } from 'node:child_process';

/** Resident set size in MB of a process, as `ps` reports it. */
export function residentMb(pid: number): number {
  return Math.round(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024);
}
