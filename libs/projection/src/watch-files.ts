import { setImmediate } from 'node:timers/promises';
import type { Logger } from '@memlane/telemetry';
import { BETWEEN_CHECKS_MS, isSound, setAside } from './damage.js';
import { FileGoneError } from './file-identity.js';
import { readLiveGeneration, writeLiveGeneration, type GenerationFiles } from './generation.js';
import type { PartitionRun } from './run-generation.js';

/** How often the files are looked at by name, ms. */
const LOOK_MS = 1_000;

/** Looks after the files of a live generation until it is stopped. */
export interface WatchedFiles {
  /** Reads every file: somebody has found one of them damaged. Files found so are set aside. @returns how many */
  check(): Promise<{ readonly damaged: number }>;
  stop(): void;
}

/**
 * @param onLost told when a file has to be begun anew: it was deleted, replaced or damaged, and the writer would go on
 *   with what nobody can read
 */
export function watchFiles(
  files: GenerationFiles,
  live: () => { readonly generation: number; readonly runs: readonly PartitionRun[] },
  log: Logger,
  onLost: (error: FileGoneError) => void,
): WatchedFiles {
  let checkedAt = Number.NEGATIVE_INFINITY;

  function look(): void {
    const { generation, runs } = live();
    const lost = runs.find(({ hasFile }) => !hasFile());
    if (lost) {
      clearInterval(timer);
      onLost(new FileGoneError(lost.path));
    } else if (readLiveGeneration(files) !== generation) {
      setAside(files.current, log);
      writeLiveGeneration(files, generation);
    }
  }

  const timer = setInterval(look, LOOK_MS);
  return {
    async check() {
      if (performance.now() - checkedAt < BETWEEN_CHECKS_MS) return { damaged: 0 };
      checkedAt = performance.now();
      let damaged = 0;
      for (const { path } of live().runs) {
        if (!isSound(path)) {
          setAside(path, log);
          damaged += 1;
        }
        await setImmediate();
      }
      look();
      return { damaged };
    },
    stop: () => clearInterval(timer),
  };
}
