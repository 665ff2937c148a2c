import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const guide = join(import.meta.dirname, '..', '..', 'docs', 'guide');

/** The program that the guide of the first hour shows. */
export const guideProgram = join(guide, 'examples', 'first-hour.mjs');

/** The blocks of a language in that guide. */
export async function guideBlocks(language: string): Promise<string[]> {
  const text = await readFile(join(guide, 'first-hour.md'), 'utf8');
  const pattern = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g');
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}
