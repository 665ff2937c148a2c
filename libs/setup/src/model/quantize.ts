import type { FloatTensor } from './safetensors.js';

/** Bytes with a sign that mean `byte * scale`, with a scale of each row or column. */
export interface QuantizedTensor {
  readonly shape: readonly [rows: number, columns: number];
  readonly bytes: Int8Array;
  readonly scales: Float32Array;
}

/**
 * Processors without a dot product of bytes (VNNI, on x86) add two products of an activation, up to 255, and a weight in
 * 16 bits: 2 × 255 × 64 fits, and so all processors come to the same sums (onnxruntime's `reduce_range`).
 */
const LARGEST_WEIGHT = 64;
const LARGEST_BYTE = 127;

/**
 * Weights of linear layers over the same input, side by side: as published each is `out × in`, here all are one
 * `in × out` with a scale of each column.
 */
export function quantizeLinear(layers: readonly FloatTensor[]): QuantizedTensor {
  const rows = layers.flatMap(rowsOf);
  const inputs = rows[0]?.length ?? 0;
  const scales = Float32Array.from(rows, (row) => scaleOf(row, LARGEST_WEIGHT));
  const bytes = new Int8Array(inputs * rows.length);
  rows.forEach((row, column) => {
    const scale = scales[column] ?? 1;
    for (let input = 0; input < inputs; input += 1)
      bytes[input * rows.length + column] = Math.round((row[input] ?? 0) / scale);
  });
  return { shape: [inputs, rows.length], bytes, scales };
}

/** A table of which rows are looked up, with a scale of each row. */
export function quantizeTable(table: FloatTensor): QuantizedTensor {
  const rows = rowsOf(table);
  const columns = table.shape[1] ?? 0;
  const scales = Float32Array.from(rows, (row) => scaleOf(row, LARGEST_BYTE));
  const bytes = new Int8Array(rows.length * columns);
  rows.forEach((row, r) => {
    const scale = scales[r] ?? 1;
    for (let column = 0; column < columns; column += 1)
      bytes[r * columns + column] = Math.round((row[column] ?? 0) / scale);
  });
  return { shape: [rows.length, columns], bytes, scales };
}

function rowsOf({ shape: [rows = 0, columns = 0], values }: FloatTensor): Float32Array[] {
  return Array.from({ length: rows }, (_, r) => values.subarray(r * columns, (r + 1) * columns));
}

/** A row of zeros has any scale. */
function scaleOf(row: Float32Array, largest: number): number {
  let most = 0;
  for (const value of row) most = Math.max(most, Math.abs(value));
  return most === 0 ? 1 : Math.fround(most / largest);
}
