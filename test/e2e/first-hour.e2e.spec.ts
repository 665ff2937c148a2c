import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { dataPaths } from '@memlane/contracts';
import { startSystem } from '@memlane/testkit';
import { expect, test } from 'vitest';
import { firstHourProgram, guideBlocks } from '../support/guides.js';

test('the guide shows the program that is tested here', async () => {
  expect(await guideBlocks('first-hour.md', 'js')).toEqual([await readFile(firstHourProgram, 'utf8')]);
});

test('the program of the first hour prints what the guide says', async () => {
  const system = await startSystem();
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      firstHourProgram,
      dataPaths(system.dataDir).connect,
    ]);
    expect(await guideBlocks('first-hour.md', 'text')).toContain(stdout);
  } finally {
    await system.stop();
  }
});
