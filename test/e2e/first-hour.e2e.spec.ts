import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataPaths } from '@memlane/contracts';
import { startSystem } from '@memlane/testkit';
import { expect, test } from 'vitest';

const guide = join(import.meta.dirname, '..', '..', 'docs', 'guide');
const script = join(guide, 'examples', 'first-hour.mjs');

/** The blocks of a language in the guide. */
async function blocks(language: string): Promise<string[]> {
  const text = await readFile(join(guide, 'first-hour.md'), 'utf8');
  const pattern = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g');
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

test('the guide shows the program that is tested here', async () => {
  expect(await blocks('js')).toEqual([await readFile(script, 'utf8')]);
});

test('the program of the first hour prints what the guide says', async () => {
  const system = await startSystem();
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, dataPaths(system.dataDir).connect]);
    expect(await blocks('text')).toContain(stdout);
  } finally {
    await system.stop();
  }
});
