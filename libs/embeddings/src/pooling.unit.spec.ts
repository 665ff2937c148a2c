import { expect, test } from 'vitest';
import { batchesByLength } from './local-model.js';
import { poolRows } from './pooling.js';

test('averages the tokens of each row without its padding and scales to length 1', () => {
  const hidden = Float32Array.from([1, 0, 5, 8, 99, 99, /* second row */ 0, 2, 0, 2, 0, 2]);
  const [first, second] = poolRows(hidden, [2, 3], 3, 2);
  expect(first).toEqual(Float32Array.from([0.6, 0.8]));
  expect(second).toEqual(Float32Array.from([0, 1]));
});

test('groups rows of similar length within the cap, and gives a long row its own run', () => {
  const rows = [{ length: 100 }, { length: 5 }, { length: 600 }, { length: 6 }, { length: 90 }];
  expect(batchesByLength(rows, 200)).toEqual([[1, 3], [4, 0], [2]]);
});
