import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { dataPaths } from '@memlane/contracts';
import { startSystem } from '@memlane/testkit';
import { expect, test } from 'vitest';
import { guideBlocks, guideProgram } from '../support/first-hour.js';

test('the guide shows the program that is tested here', async () => {
  expect(await guideBlocks('js')).toEqual([await readFile(guideProgram, 'utf8')]);
});

test('the program of the first hour prints what the guide says', async () => {
  const system = await startSystem();
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [guideProgram, dataPaths(system.dataDir).connect]);
    expect(await guideBlocks('text')).toContain(stdout);
  } finally {
    await system.stop();
  }
});
