import { readFile } from 'node:fs/promises';

/** A call of a tool, as a guide shows it. */
export interface GuideCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

/** The calls that a guide shows, in their order. @param guide name of its file in `docs/guide` */
export async function callsOfGuide(guide: string): Promise<GuideCall[]> {
  const text = await readFile(new URL(`../../docs/guide/${guide}`, import.meta.url), 'utf8');
  return [...text.matchAll(/```json\n(\{ "name": .*\})\n```/gu)].map(([, call]) => JSON.parse(call ?? '') as GuideCall);
}
