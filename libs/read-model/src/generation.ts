import { dataPaths } from '@memlane/contracts';
import { readLiveGeneration, writeLiveGeneration, type GenerationFiles } from '@memlane/projection';

/** Where the read model of a data folder lies. */
export function readModelFiles(dataDir: string): GenerationFiles {
  const { readModel: root, readModelCurrent: current, memoryDb: db } = dataPaths(dataDir);
  return { root, current, db };
}

/** Which read model is live; `undefined` before there is one, or when the file that names it is damaged. */
export function readGeneration(dataDir: string): number | undefined {
  return readLiveGeneration(readModelFiles(dataDir));
}

/** Makes a generation the live one, atomically: readers see the old one or the new one. */
export function writeGeneration(dataDir: string, generation: number): void {
  writeLiveGeneration(readModelFiles(dataDir), generation);
}
