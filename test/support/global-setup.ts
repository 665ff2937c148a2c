import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareParts, TEST_ROOT_VARIABLE } from '@memlane/testkit';

/** Gets the real parts once, and gives the run one folder for everything temporary. */
export async function setup(): Promise<() => Promise<void>> {
  const root = await mkdtemp(join(tmpdir(), 'memlane-test-'));
  process.env[TEST_ROOT_VARIABLE] = root;
  await prepareParts((line) => {
    if (!line.includes(': cache,')) console.log(line);
  });
  return () => rm(root, { recursive: true, force: true, maxRetries: 5 });
}
