import { expect, test } from 'vitest';
import { quantizeLinear, quantizeTable } from './quantize.js';

const tensor = (rows: readonly (readonly number[])[]) => ({
  shape: [rows.length, rows[0]?.length ?? 0],
  values: Float32Array.from(rows.flat()),
});

test('layers over the same input become one matrix of inputs by outputs, with a scale of each output', () => {
  const { shape, bytes, scales } = quantizeLinear([
    tensor([
      [1, -0.5, 0.25],
      [0, 0, 0],
    ]),
    tensor([[-64, 32, 1]]),
  ]);
  expect(shape).toEqual([3, 3]);
  expect([...bytes]).toEqual([64, 0, -64, -32, 0, 32, 16, 0, 1]);
  expect([...scales]).toEqual([1 / 64, 1, 1]);
});

test('the largest weight keeps two products within 16 bits', () => {
  const { bytes } = quantizeLinear([tensor([[0.3, -7.1, 7.1, 2.9]])]);
  const largest = Math.max(...bytes.map(Math.abs));
  expect(2 * 255 * largest).toBeLessThan(2 ** 15);
  expect(largest).toBe(64);
});

test('a table has a scale of each row, and a value is off by half a step at most', () => {
  const rows = [
    [0.013, -0.2, 0.117],
    [12, 5.4, -3.3],
  ];
  const { shape, bytes, scales } = quantizeTable(tensor(rows));
  expect(shape).toEqual([2, 3]);
  for (const [r, row] of rows.entries())
    for (const [c, value] of row.entries()) {
      const scale = scales[r] ?? 0;
      expect(Math.abs((bytes[r * 3 + c] ?? 0) * scale - value)).toBeLessThanOrEqual(scale / 2 + 1e-7);
    }
});
