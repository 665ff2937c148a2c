/**
 * Mean over the tokens of each row, then scaled to length 1, so that a dot product is the cosine.
 *
 * @param hidden `rows × tokens × dimensions`, row by row
 * @param lengths tokens of each row that are not padding
 */
export function poolRows(
  hidden: Float32Array,
  lengths: readonly number[],
  tokens: number,
  dimensions: number,
): Float32Array[] {
  return lengths.map((length, row) => {
    const pooled = new Float32Array(dimensions);
    for (let token = 0; token < length; token += 1) {
      const offset = (row * tokens + token) * dimensions;
      for (let d = 0; d < dimensions; d += 1) pooled[d] = (pooled[d] ?? 0) + (hidden[offset + d] ?? 0);
    }
    return normalize(pooled);
  });
}

/** Scales in place to length 1; a zero vector stays zero. */
export function normalize(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  if (length > 0) for (let d = 0; d < vector.length; d += 1) vector[d] = (vector[d] ?? 0) / length;
  return vector;
}
