import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePlaces, keyAfter, type Place } from './newest-first.js';

const places = fc.uniqueArray(
  fc.record({
    createdAt: fc.constantFrom('2026-01-01', '2026-01-02', '2026-01-03'),
    source: fc.integer({ min: 0, max: 2 }),
    ord: fc.integer({ min: 1, max: 6 }),
  }),
  { selector: ({ source, ord }) => `${source}/${ord}` },
);

/** What a source answers: what comes after a key, newest first. */
function pageOf(all: readonly Place[], source: number, key: ReturnType<typeof keyAfter>, limit: number): Place[] {
  return all
    .filter((place) => place.source === source)
    .filter(({ createdAt, ord }) => !key || createdAt < key.createdAt || (createdAt === key.createdAt && ord < key.ord))
    .toSorted(comparePlaces)
    .slice(0, limit);
}

test('pages over several sources have everything once, in order', () => {
  fc.assert(
    fc.property(places, fc.integer({ min: 1, max: 4 }), (all, limit) => {
      const seen: Place[] = [];
      for (let last: Place | undefined; ;) {
        const page = [0, 1, 2]
          .flatMap((source) => pageOf(all, source, keyAfter(last, source), limit))
          .toSorted(comparePlaces)
          .slice(0, limit);
        seen.push(...page);
        last = page.at(-1);
        if (!last) break;
      }
      expect(seen).toEqual(all.toSorted(comparePlaces));
    }),
  );
});
