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
  const quantized = quantizeRows(rows, LARGEST_WEIGHT, (output, input) => input * rows.length + output);
  return { shape: [inputs, rows.length], ...quantized };
}

/** A table of which rows are looked up, with a scale of each row. */
export function quantizeTable(table: FloatTensor): QuantizedTensor {
  const rows = rowsOf(table);
  const columns = table.shape[1] ?? 0;
  return { shape: [rows.length, columns], ...quantizeRows(rows, LARGEST_BYTE, (r, c) => r * columns + c) };
}

/** @param placeOf where the byte of a value goes */
function quantizeRows(
  rows: readonly Float32Array[],
  largest: number,
  placeOf: (row: number, column: number) => number,
): Pick<QuantizedTensor, 'bytes' | 'scales'> {
  const scales = Float32Array.from(rows, (row) => scaleOf(row, largest));
  const bytes = new Int8Array(rows.length * (rows[0]?.length ?? 0));
  rows.forEach((row, r) => {
    const scale = scales[r] ?? 1;
    row.forEach((value, column) => (bytes[placeOf(r, column)] = Math.round(value / scale)));
  });
  return { bytes, scales };
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
