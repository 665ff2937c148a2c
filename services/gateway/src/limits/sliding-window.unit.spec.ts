import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bookUse,
  fromAges,
  newUseLog,
  resetIn,
  takeBackUse,
  toAges,
  usedIn,
  waitFor,
  type RateRule,
} from './sliding-window.js';

const rule: RateRule = { count: 100, windowMs: 60_000 };
const NOW = 1_700_000_000_000;

describe('a sliding window', () => {
  it('allows the whole count at once, and the next when the first has left the window', () => {
    const log = newUseLog();
    bookUse(log, rule.windowMs, NOW, 100);
    expect(waitFor(log, rule, NOW, 1)).toBe(61_000);
    expect(waitFor(log, rule, NOW + 60_999, 1)).toBe(1);
    expect(waitFor(log, rule, NOW + 61_000, 100)).toBe(0);
  });

  it('names the time until as much is free as is asked for', () => {
    const log = newUseLog();
    bookUse(log, rule.windowMs, NOW, 60);
    bookUse(log, rule.windowMs, NOW + 10_000, 40);
    expect(waitFor(log, rule, NOW + 10_000, 60)).toBe(51_000);
    expect(waitFor(log, rule, NOW + 10_000, 61)).toBe(61_000);
    expect(resetIn(log, rule.windowMs, NOW + 10_000)).toBe(51_000);
  });

  it('takes back what was booked at a time, and nothing that was booked later', () => {
    const log = newUseLog();
    bookUse(log, rule.windowMs, NOW, 5);
    bookUse(log, rule.windowMs, NOW + 10_000, 2);
    takeBackUse(log, rule.windowMs, NOW, 5);
    expect(usedIn(log, rule.windowMs, NOW + 10_000)).toBe(2);
    expect(resetIn(log, rule.windowMs, NOW + 10_000)).toBe(61_000);
    takeBackUse(log, rule.windowMs, NOW + 10_000, 9);
    expect(usedIn(log, rule.windowMs, NOW + 10_000)).toBe(0);
  });

  it('takes what costs more than there ever is as all there is', () => {
    expect(waitFor(newUseLog(), rule, NOW, 500)).toBe(0);
  });

  it('is the same for a process whose clock is elsewhere', () => {
    const log = newUseLog();
    bookUse(log, rule.windowMs, NOW, 30);
    bookUse(log, rule.windowMs, NOW + 20_000, 12);
    const other = fromAges(toAges(log, rule.windowMs, NOW + 25_000), rule.windowMs, 5_000);
    expect(waitFor(other, rule, 5_000, 59)).toBe(waitFor(log, rule, NOW + 25_000, 59));
  });

  const calls = fc.array(
    fc.record({ gap: fc.integer({ min: 0, max: 20_000 }), cost: fc.integer({ min: 1, max: 5 }) }),
    {
      maxLength: 200,
    },
  );
  const small: RateRule = { count: 10, windowMs: 60_000 };

  function play(given: readonly { gap: number; cost: number }[]) {
    const log = newUseLog();
    const taken: { at: number; cost: number }[] = [];
    let now = NOW;
    for (const { gap, cost } of given) {
      now += gap;
      if (waitFor(log, small, now, cost) > 0) continue;
      bookUse(log, small.windowMs, now, cost);
      taken.push({ at: now, cost });
    }
    return { log, taken, now };
  }

  it('never allows more than the count in any window', () => {
    fc.assert(
      fc.property(calls, (given) => {
        const { taken } = play(given);
        for (const { at: begin } of taken) {
          const within = taken.filter(({ at }) => at >= begin && at < begin + small.windowMs);
          expect(within.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThanOrEqual(small.count);
        }
      }),
    );
  });

  it('allows again after the time that it names, and not before', () => {
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 10 }), (given, cost) => {
        const { log, now } = play(given);
        const wait = waitFor(log, small, now, cost);
        if (wait > 1) expect(waitFor(log, small, now + wait - 1, cost)).toBeGreaterThan(0);
        expect(waitFor(log, small, now + wait, cost)).toBe(0);
      }),
    );
  });

  it('remembers no more than one slot for each sixtieth of its length', () => {
    fc.assert(
      fc.property(calls, (given) => {
        expect(play(given).log.slots.length).toBeLessThanOrEqual(62);
      }),
    );
  });
});
