import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folder of all temporary folders of one test run; the run's global set-up makes and removes it. */
export const TEST_ROOT_VARIABLE = 'MEMLANE_TEST_ROOT';

const own = new Set<string>();

/** A new folder, removed at the end of the run. */
export async function tempDir(): Promise<string> {
  const root = process.env[TEST_ROOT_VARIABLE];
  const dir = await mkdtemp(join(root ?? tmpdir(), 'memlane-'));
  if (root === undefined) {
    if (own.size === 0) process.once('exit', removeOwn);
    own.add(dir);
  }
  return dir;
}

function removeOwn(): void {
  for (const dir of own) rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
}
