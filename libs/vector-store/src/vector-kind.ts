import { dataPaths } from '@memlane/contracts';

/**
 * What vectors stand for. Each kind has files and collections of its own. What is said of memories here holds for the
 * items of every kind; those of code are chunks.
 */
export type VectorKind = 'memory' | 'code';

/** The vectors file of a kind. */
export function vectorsPathOf(dataDir: string, kind: VectorKind, partition: number): string {
  const paths = dataPaths(dataDir);
  return kind === 'memory' ? paths.vectorsDb(partition) : paths.codeVectorsDb(partition);
}
