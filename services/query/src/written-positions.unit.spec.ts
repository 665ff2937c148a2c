import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rememberWrites } from './written-positions.js';

const partitionOf = (owner: string) => owner.charCodeAt(0) % 3;

it('never asks a read for less than its owner has written, however few owners it can remember', () => {
  const writes = fc.array(
    fc.record({ owner: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), seq: fc.nat(100) }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(writes, fc.integer({ min: 1, max: 4 }), (all, max) => {
      const positions = rememberWrites(max);
      for (const { owner, seq } of all) positions.advance(owner, partitionOf(owner), seq);
      for (const { owner, seq } of all) expect(positions.of(owner, partitionOf(owner))).toBeGreaterThanOrEqual(seq);
    }),
  );
});

it('does not have an owner wait for others while it can remember them', () => {
  const positions = rememberWrites(2);
  positions.advance('a', 0, 5);
  positions.advance('d', 0, 9);
  expect([positions.of('a', 0), positions.of('d', 0), positions.of('g', 0)]).toEqual([5, 9, 0]);
});

it('has everybody of a partition wait for what anybody may have written, and nobody of another', () => {
  const positions = rememberWrites(2);
  positions.advance('a', 0, 5);
  positions.raise(0, 7);
  positions.raise(0, 6);
  expect([positions.of('a', 0), positions.of('d', 0), positions.of('b', 1)]).toEqual([7, 7, 0]);
});
