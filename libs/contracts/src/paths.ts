import { join } from 'node:path';
import { pad } from './subjects.js';

/** Version of the data folder's layout; a folder of a newer version is refused. */
export const DATA_FORMAT_VERSION = 1;

/** Everything below `--data-dir`, and who writes it. */
export interface DataPaths {
  /** `{version}`; written by `memlane up` when the folder is made. */
  readonly format: string;
  /** Held by a running `memlane up`. */
  readonly lock: string;
  /** `{url, key}`, mode 0600: how to connect. */
  readonly connect: string;
  /** Ports, passwords and process ids of a running `memlane up`, mode 0600. */
  readonly runtime: string;
  readonly nats: string;
  readonly chroma: string;
  /** Written by the memory projector. */
  readonly readModel: string;
  /** `{generation}`: which read model is live. */
  readonly readModelCurrent: string;
  readonly memoryDb: (generation: number, partition: number) => string;
  /** Written by the code projector. */
  readonly codeIndex: string;
  /** `{generation}`: which code index is live. */
  readonly codeIndexCurrent: string;
  readonly codeDb: (generation: number, partition: number) => string;
  /** Written by the repository worker of this instance: what it fetched of a repository. */
  readonly mirror: (owner: string, store: string, instance?: number) => string;
  /** Written by the command handler of this instance, counted from 1. */
  readonly decisionDb: (partition: number, instance?: number) => string;
  /** Written by the vector projector: vectors, embedding cache, cursor. */
  readonly vectorsDb: (partition: number) => string;
  /** The same of code. */
  readonly codeVectorsDb: (partition: number) => string;
}

/** Whether a name in the data folder is one of {@link dataPaths}: another file there is not Memlane's. */
export function isDataEntry(name: string): boolean {
  return /^(?:(?:format|connect|runtime)\.json|lock\.sqlite(?:-journal)?|nats|chroma|read-model|code-index|vectors|(?:decision|repositories)(?:-\d+)?)$/.test(
    name,
  );
}

/** @param dataDir absolute path of the data folder */
export function dataPaths(dataDir: string): DataPaths {
  const readModel = join(dataDir, 'read-model');
  const codeIndex = join(dataDir, 'code-index');
  return {
    format: join(dataDir, 'format.json'),
    lock: join(dataDir, 'lock.sqlite'),
    connect: join(dataDir, 'connect.json'),
    runtime: join(dataDir, 'runtime.json'),
    nats: join(dataDir, 'nats'),
    chroma: join(dataDir, 'chroma'),
    readModel,
    readModelCurrent: join(readModel, 'current.json'),
    memoryDb: (generation, partition) => join(readModel, `v${generation}`, `memory.${pad(partition)}.sqlite`),
    codeIndex,
    codeIndexCurrent: join(codeIndex, 'current.json'),
    codeDb: (generation, partition) => join(codeIndex, `v${generation}`, `code.${pad(partition)}.sqlite`),
    mirror: (owner, store, instance = 1) =>
      join(dataDir, instance === 1 ? 'repositories' : `repositories-${instance}`, owner, store),
    decisionDb: (partition, instance = 1) =>
      join(dataDir, instance === 1 ? 'decision' : `decision-${instance}`, `decision.${pad(partition)}.sqlite`),
    vectorsDb: (partition) => join(dataDir, 'vectors', `vectors.${pad(partition)}.sqlite`),
    codeVectorsDb: (partition) => join(dataDir, 'vectors', `code-vectors.${pad(partition)}.sqlite`),
  };
}
