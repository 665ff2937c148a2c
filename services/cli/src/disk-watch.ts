import { statfs } from 'node:fs/promises';
import { LEAST_FREE_BYTES, type Log, type LogEntry } from '@memlane/supervision';

const INTERVAL_MS = 2_000;
const FULL = /no space left on device|ENOSPC|SQLITE_FULL|disk is full|out of space/i;

/** Notices a full disk in what the processes write, says so once, and tells when there is space again. */
export function watchDisk(dir: string, log: Log) {
  let timer: NodeJS.Timeout | undefined;
  let onSpace: () => void = () => undefined;

  const look = async () => {
    const { bavail, bsize } = await statfs(dir);
    if (bavail * bsize < LEAST_FREE_BYTES) return;
    clearInterval(timer);
    timer = undefined;
    log.say('info', 'memlane', 'there is space on the disk again: writing goes on');
    onSpace();
  };

  return {
    heed: ({ message, fields }: LogEntry) => {
      if (timer !== undefined || !(FULL.test(message) || FULL.test(JSON.stringify(fields ?? {})))) return;
      log.say(
        'error',
        'memlane',
        `the disk of ${dir} is full: writes fail until there is space; nothing stored is lost`,
      );
      timer = setInterval(() => void look().catch(() => undefined), INTERVAL_MS);
    },
    onSpaceAgain: (then: () => void) => {
      onSpace = then;
    },
    close: () => {
      clearInterval(timer);
    },
  };
}
