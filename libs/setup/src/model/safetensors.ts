/** A tensor of 32-bit floats, row by row. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Length of the header, before it. */
const LENGTH_BYTES = 8;

/**
 * Reads tensors of a safetensors file (huggingface/safetensors, "Format": length of the header as 64-bit little endian,
 * the header as JSON, then the bytes of all tensors).
 *
 * @returns gives a tensor by its name; @throws Error when there is none of floats
 */
export function readSafetensors(file: Buffer): (name: string) => FloatTensor {
  const headerEnd = LENGTH_BYTES + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', LENGTH_BYTES, headerEnd)) as Readonly<Record<string, Entry>>;
  return (name) => {
    const entry = header[name];
    if (entry?.dtype !== 'F32') throw new Error(`the weights have no floats named ${name}`);
    const [from, to] = entry.data_offsets;
    // Copied, since floats must begin at a multiple of four.
    const bytes = Uint8Array.from(file.subarray(headerEnd + from, headerEnd + to));
    return { shape: entry.shape, values: new Float32Array(bytes.buffer) };
  };
}
