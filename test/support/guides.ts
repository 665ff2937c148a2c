import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const guides = join(import.meta.dirname, '..', '..', 'docs', 'guide');

/** The program that the guide of the first hour shows. */
export const firstHourProgram = join(guides, 'examples', 'first-hour.mjs');

/** A call of a tool, as a guide shows it. */
export interface GuideCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

/** The blocks of a language in a guide, in their order. @param guide name of its file in `docs/guide` */
export async function guideBlocks(guide: string, language: string): Promise<string[]> {
  const text = await readFile(join(guides, guide), 'utf8');
  const pattern = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g');
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** The calls of tools that a guide shows, each a block of one line. */
export async function callsOfGuide(guide: string): Promise<GuideCall[]> {
  const blocks = await guideBlocks(guide, 'json');
  return blocks.filter((block) => /^\{ "name": .*\}\n$/u.test(block)).map((block) => JSON.parse(block) as GuideCall);
}
