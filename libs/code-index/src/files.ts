import { dataPaths } from '@memlane/contracts';
import type { GenerationFiles } from '@memlane/projection';

/** Where the code index of a data folder lies. */
export function codeIndexFiles(dataDir: string): GenerationFiles {
  const { codeIndex: root, codeIndexCurrent: current, codeDb: db } = dataPaths(dataDir);
  return { root, current, db };
}
