import { writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { codeOf } from '@memlane/contracts';

/** Niceness of work that nobody waits for: it takes what others leave. */
export const BACKGROUND_NICE = 19;
/**
 * Niceness of what takes long and is waited for: a thirtieth beside a request, and more than twice what the background
 * gets (sched(7): 36 of 1,024, and 15).
 */
export const LONG_WORK_NICE = 15;

/** Without privileges the kernel takes ten such settings a second, of the whole machine. */
const ATTEMPTS = 10;
const AGAIN_MS = 150;

/**
 * Has the session that a process leads give way to others, as far as its niceness says. Linux shares the processor out
 * between sessions first, and there only this counts, not the niceness of processes (sched(7), "The autogroup feature"). Without that feature,
 * and elsewhere than on Linux, it does nothing: there the niceness of the process counts by itself.
 */
export async function giveWay(pid: number, nice: number): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const code = await writeFile(`/proc/${pid}/autogroup`, String(nice), { flag: 'r+' }).then(() => undefined, codeOf);
    if (code !== 'EAGAIN') return;
    await setTimeout(AGAIN_MS, undefined, { ref: false });
  }
}
