/** More chunks than a file of `repository_file_bytes` is cut into. */
const CHUNKS_PER_BLOB = 8_192;

/** Key of a chunk: from it alone follows which blob it is of, so that a search joins to files without reading it. */
export function chunkKeyOf(blob: number, ordinal: number): number {
  if (ordinal >= CHUNKS_PER_BLOB) throw new RangeError(`a file has more than ${CHUNKS_PER_BLOB} chunks`);
  return blob * CHUNKS_PER_BLOB + ordinal;
}

export function blobOfChunk(chunkKey: number): number {
  return Math.floor(chunkKey / CHUNKS_PER_BLOB);
}

export function ordinalOfChunk(chunkKey: number): number {
  return chunkKey % CHUNKS_PER_BLOB;
}

/** Keys of all chunks of a blob, as bounds that are included. */
export function chunkKeysOf(blob: number): readonly [number, number] {
  return [blob * CHUNKS_PER_BLOB, (blob + 1) * CHUNKS_PER_BLOB - 1];
}

/** The same as SQL expressions. A bound number is a float there, which a division would not round. */
export function blobOfChunkSql(chunkKey: string): string {
  return `(CAST(${chunkKey} AS INTEGER) / ${CHUNKS_PER_BLOB})`;
}

export function ordinalOfChunkSql(chunkKey: string): string {
  return `(${chunkKey} % ${CHUNKS_PER_BLOB})`;
}

/** Bounds of the keys of a blob's chunks as SQL expressions. */
export function firstChunkSql(blob: string): string {
  return `(${blob} * ${CHUNKS_PER_BLOB})`;
}

export function lastChunkSql(blob: string): string {
  return `(${blob} * ${CHUNKS_PER_BLOB} + ${CHUNKS_PER_BLOB - 1})`;
}

/** Id of a chunk outside this file: the same in every rebuild, for the same content. */
export function chunkIdOf(sha256: string, variant: string, ordinal: number): string {
  return `${sha256}.${variant}.${ordinal}`;
}
