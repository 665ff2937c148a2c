import { expect, test } from 'vitest';
import { readSafetensors } from './safetensors.js';

function fileOf(header: object, data: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

const file = fileOf(
  {
    __metadata__: { format: 'pt' },
    first: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    // What the header is padded to is nobody's promise, so that floats may begin anywhere.
    'a.weight': { dtype: 'F32', shape: [2, 2], data_offsets: [4, 20] },
    ids: { dtype: 'I64', shape: [1], data_offsets: [20, 28] },
  },
  new Uint8Array(Float32Array.of(9, 1, -2, 0.5, 4, 0, 0).buffer),
);

test('gives a tensor by its name', () => {
  expect(readSafetensors(file)('a.weight')).toEqual({ shape: [2, 2], values: Float32Array.of(1, -2, 0.5, 4) });
});

test.each(['b.weight', 'ids', '__metadata__'])('there are no floats named %s', (name) => {
  expect(() => readSafetensors(file)(name)).toThrow(`no floats named ${name}`);
});
