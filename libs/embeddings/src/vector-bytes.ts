/** Float32 little-endian, row by row. @param vectors all of the same dimensions */
export function vectorsToBytes(vectors: readonly Float32Array[]): Uint8Array {
  const dimensions = vectors[0]?.length ?? 0;
  const view = new DataView(new ArrayBuffer(vectors.length * dimensions * 4));
  vectors.forEach((vector, row) =>
    vector.forEach((value, d) => view.setFloat32((row * dimensions + d) * 4, value, true)),
  );
  return new Uint8Array(view.buffer);
}

/** The reverse of {@link vectorsToBytes}. @throws Error when the bytes are not whole rows */
export function bytesToVectors(bytes: Uint8Array, dimensions: number): Float32Array[] {
  const rows = bytes.byteLength / (dimensions * 4);
  if (!Number.isInteger(rows)) throw new Error('the vectors are not whole rows');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: rows }, (_, row) =>
    Float32Array.from({ length: dimensions }, (_, d) => view.getFloat32((row * dimensions + d) * 4, true)),
  );
}
