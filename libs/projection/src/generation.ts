import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { codeOf } from '@memlane/contracts';

/** Where a projection keeps its files: a folder for each generation with a file for each partition. */
export interface GenerationFiles {
  /** Folder of everything. */
  readonly root: string;
  /** `{generation}`: which one is live. */
  readonly current: string;
  readonly db: (generation: number, partition: number) => string;
}

/** Which generation is live; `undefined` before there is one, or when the file that names it is damaged. */
export function readLiveGeneration(files: GenerationFiles): number | undefined {
  let text: string;
  try {
    text = readFileSync(files.current, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  return parseGeneration(text);
}

function parseGeneration(text: string): number | undefined {
  try {
    const { generation } = JSON.parse(text) as { generation: unknown };
    return Number.isSafeInteger(generation) && Number(generation) >= 1 ? Number(generation) : undefined;
  } catch {
    // Not JSON, or null.
    return undefined;
  }
}

/** Makes a generation the live one, atomically: readers see the old one or the new one. */
export function writeLiveGeneration(files: GenerationFiles, generation: number): void {
  mkdirSync(files.root, { recursive: true });
  const next = `${files.current}.next`;
  writeFileSync(next, JSON.stringify({ generation }), { flush: true });
  renameSync(next, files.current);
}
