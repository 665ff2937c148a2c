import { expect, test } from 'vitest';
import { describeParked } from './describe-parked.js';

test('names each parked owner, where its log stands still, and why', () => {
  const status = {
    service: 'memory-projector',
    generation: 1,
    partitions: [
      { partition: 0, seq: 9, pending: 0, parked: [] },
      { partition: 1, seq: 7, pending: 0, parked: [{ owner: 'eve', seq: 3, reason: 'UnknownEventError' }] },
    ],
  };
  expect(describeParked(JSON.stringify(status))).toEqual([
    'parked: eve, partition 1, since commit 3 (UnknownEventError)',
  ]);
});

test.each(['{"service":"query","generation":1}', 'unavailable', ''])('finds none in %j', (status) => {
  expect(describeParked(status)).toEqual([]);
});
