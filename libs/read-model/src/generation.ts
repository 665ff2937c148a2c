import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dataPaths } from '@memlane/contracts';

/** Which read model is live; `undefined` before there is one. @throws Error when the file is not readable JSON */
export function readGeneration(dataDir: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(dataPaths(dataDir).readModelCurrent, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const { generation } = JSON.parse(text) as { generation: unknown };
  if (typeof generation !== 'number' || !Number.isSafeInteger(generation) || generation < 1)
    throw new Error('read-model/current.json names no generation');
  return generation;
}

/** Makes a generation the live one, atomically: readers see the old one or the new one. */
export function writeGeneration(dataDir: string, generation: number): void {
  const paths = dataPaths(dataDir);
  mkdirSync(paths.readModel, { recursive: true });
  const next = `${paths.readModelCurrent}.next`;
  writeFileSync(next, JSON.stringify({ generation }), { flush: true });
  renameSync(next, paths.readModelCurrent);
}
