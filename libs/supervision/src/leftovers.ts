import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './log.js';
import type { Runtime } from './runtime-file.js';

/** Longer than a service drains after its supervisor has died. */
const PATIENCE_MS = 15_000;
const INTERVAL_MS = 50;

/** The command line of a process; `undefined` when there is no such process. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return text.replaceAll('\0', ' ') || undefined;
  }
  return new Promise((done) => {
    execFile('ps', ['-o', 'command=', '-p', String(pid)], (error, stdout) => {
      done(error ? undefined : stdout.trim() || undefined);
    });
  });
}

/**
 * Waits until what an earlier run left behind has ended, and kills what does not end: it may still hold files of the data
 * folder. A process is known by its command line, since ids are given again.
 */
export async function awaitLeftovers(previous: Runtime | undefined, log: Log): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  await Promise.all(
    Object.entries(previous?.parts ?? {}).map(async ([name, { pid, marker }]) => {
      const isAlive = async () => (await commandLineOf(pid))?.includes(marker) === true;
      if (!(await isAlive())) return;
      log.say('warn', 'memlane', `waiting for ${name} of an earlier run to end`, { pid });
      while (await isAlive()) {
        if (performance.now() > end) process.kill(pid, 'SIGKILL');
        await sleep(INTERVAL_MS);
      }
    }),
  );
}
