import { describe, expect, it } from 'vitest';
import { keepAwaitedSeqs } from './awaited-seqs.js';

describe('awaited sequences', () => {
  it('are reached one after the other', () => {
    const awaited = keepAwaitedSeqs();
    expect(awaited.isReachedBy(9)).toBe(false);
    awaited.add(7);
    awaited.add(3);
    expect([2, 3, 9].map((seq) => awaited.isReachedBy(seq))).toEqual([false, true, true]);
    awaited.forget(6);
    expect([6, 7].map((seq) => awaited.isReachedBy(seq))).toEqual([false, true]);
    awaited.forget(7);
    expect(awaited.isReachedBy(9)).toBe(false);
  });

  it('are bounded, and those that never come keep out no other', () => {
    const awaited = keepAwaitedSeqs();
    for (let seq = 0; seq < 1_000; seq += 1) awaited.add(Number.MAX_SAFE_INTEGER - seq);
    awaited.add(5);
    expect([4, 5].map((seq) => awaited.isReachedBy(seq))).toEqual([false, true]);
  });
});
