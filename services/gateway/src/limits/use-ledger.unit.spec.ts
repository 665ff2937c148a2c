import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEARD_AFTER_MS, openUseLedger, type UseLedger } from './use-ledger.js';

const use = { owner: 'ann', name: 'memory_operations_per_minute', cost: 1, count: 100 } as const;

function takeAll(ledger: UseLedger, now: number, times: number): number {
  let taken = 0;
  for (let n = 0; n < times; n += 1) if (ledger.take(use, now).is === 'taken') taken += 1;
  return taken;
}

describe('the ledger of one gateway', () => {
  it('lets a user take all there is at once, and names the time until there is more', () => {
    const ledger = openUseLedger(() => 0);
    expect(takeAll(ledger, 0, 101)).toBe(100);
    expect(ledger.take(use, 30_000)).toEqual({ is: 'refused', retryAfterMs: 31_000 });
    expect(ledger.usedOf('ann', use.name, 30_000)).toEqual({ used: 100, resetMs: 31_000 });
  });

  it('keeps users and limits apart', () => {
    const ledger = openUseLedger(() => 0);
    takeAll(ledger, 0, 100);
    expect(ledger.take({ ...use, owner: 'bob' }, 0).is).toBe('taken');
    expect(ledger.take({ ...use, name: 'syncs_per_hour', count: 5 }, 0).is).toBe('taken');
  });

  it('goes by a limit that is changed in between', () => {
    const ledger = openUseLedger(() => 0);
    takeAll(ledger, 0, 50);
    expect(ledger.take({ ...use, count: 50 }, 1).is).toBe('refused');
    expect(ledger.take({ ...use, count: 51 }, 1).is).toBe('taken');
  });

  it('lets a user take again what was given back, and no more', () => {
    const ledger = openUseLedger(() => 0);
    takeAll(ledger, 0, 100);
    ledger.giveBack({ ...use, cost: 2 }, 0);
    expect(takeAll(ledger, 5_000, 5)).toBe(2);
    expect(ledger.take(use, 5_000)).toEqual({ is: 'refused', retryAfterMs: 56_000 });
  });

  it('remembers a bounded number of users', () => {
    const ledger = openUseLedger(() => 0, 2);
    for (let n = 0; n < 50; n += 1) ledger.take({ ...use, owner: `u${n}` }, 0);
    expect(ledger.snapshot(0)).toHaveLength(4);
  });
});

describe('the ledgers of several gateways', () => {
  it('count what another one says', () => {
    const ledger = openUseLedger(() => 1);
    ledger.hear({ ...use, cost: 99 }, 0);
    expect(takeAll(ledger, 0, 2)).toBe(1);
  });

  it('do not go further ahead than the others may miss', () => {
    const ledger = openUseLedger(() => 1);
    expect(takeAll(ledger, 0, 50)).toBe(10);
    expect(ledger.take(use, 5)).toEqual({ is: 'ahead', againMs: HEARD_AFTER_MS - 5 });
    expect(takeAll(ledger, HEARD_AFTER_MS, 50)).toBe(10);
  });

  it('tell each use once', () => {
    const ledger = openUseLedger(() => 1);
    takeAll(ledger, 0, 3);
    expect(ledger.drain()).toEqual([{ owner: 'ann', name: use.name, cost: 3 }]);
    expect(ledger.drain()).toEqual([]);
  });

  it('tell what was given back, unless it was not told yet', () => {
    const [one, two] = [openUseLedger(() => 1), openUseLedger(() => 1)];
    one.take(use, 0);
    for (const told of one.drain()) two.hear(told, 2);
    one.giveBack(use, 0);
    for (const told of one.drain()) two.hear(told, 4);
    expect([one, two].map((ledger) => ledger.usedOf('ann', use.name, 5).used)).toEqual([0, 0]);
    one.take(use, HEARD_AFTER_MS);
    one.giveBack(use, HEARD_AFTER_MS);
    expect(one.drain()).toEqual([]);
  });

  it('hand what they know on to one that starts', () => {
    const old = openUseLedger(() => 1);
    old.hear({ ...use, cost: 40 }, 1_000);
    takeAll(old, 21_000, 5);
    const fresh = openUseLedger(() => 1);
    fresh.restore(old.snapshot(31_000), 500);
    expect(fresh.usedOf('ann', use.name, 500).used).toBe(45);
    expect(fresh.usedOf('ann', use.name, 500 + 31_000).used).toBe(5);
  });

  it('together allow at most a tenth more than the limit in any window, whoever is asked when', () => {
    const asks = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 30 }), at: fc.integer({ min: 0, max: 3 }) }), {
      minLength: 300,
      maxLength: 600,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), asks, (gateways, given) => {
        const ledgers = Array.from({ length: gateways }, () => openUseLedger(() => gateways - 1));
        let onTheWay: { readonly from: UseLedger; readonly due: number; readonly cost: number }[] = [];
        const taken: number[] = [];
        let now = 0;
        for (const { gap, at } of given) {
          now += gap;
          for (const { from, cost } of onTheWay.filter(({ due }) => due <= now))
            for (const ledger of ledgers) if (ledger !== from) ledger.hear({ ...use, cost }, now);
          onTheWay = onTheWay.filter(({ due }) => due > now);
          const ledger = ledgers[at % gateways];
          if (ledger?.take(use, now).is !== 'taken') continue;
          taken.push(now);
          onTheWay.push({ from: ledger, due: now + HEARD_AFTER_MS, cost: 1 });
        }
        for (const begin of taken)
          expect(taken.filter((time) => time >= begin && time < begin + 60_000).length).toBeLessThanOrEqual(110);
      }),
      { numRuns: 50 },
    );
  });
});
