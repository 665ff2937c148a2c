import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { BACKGROUND_NICE } from './give-way.js';
import { spawnTied, stopProcess } from './spawn-tied.js';

test.skipIf(!existsSync('/proc/self/autogroup'))('a background process gives way to every other session', async () => {
  const args = ['-e', 'setInterval(() => {}, 1_000)'];
  const tied = await spawnTied({ command: process.execPath, args, nice: BACKGROUND_NICE });
  try {
    await vi.waitFor(async () => expect(await readFile(`/proc/${tied.pid}/autogroup`, 'utf8')).toContain('nice 19'));
    expect(await readFile('/proc/self/autogroup', 'utf8')).not.toContain('nice 19');
  } finally {
    await stopProcess(tied, 1_000);
  }
});
