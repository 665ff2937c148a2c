import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTurns, type Turn, type TurnsOptions } from './turns.js';

const roomy: TurnsOptions = { places: 2, placesOf: () => 2, waiting: 100, waitingPerOwner: 100, waitMs: 60_000 };

/** Asks for places and notes in which order they are given. */
function watch(options: Partial<TurnsOptions> = {}) {
  const turns = openTurns({ ...roomy, ...options });
  const given: string[] = [];
  const releases: (() => void)[] = [];
  const ask = (label: string, owner = label.slice(0, 1), signal?: AbortSignal): Promise<Turn> =>
    turns.take(owner, signal).then((turn) => {
      if (turn.ok) {
        given.push(label);
        releases.push(turn.release);
      }
      return turn;
    });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const releaseNext = async () => {
    releases.shift()?.();
    await settle();
  };
  return { turns, given, ask, settle, releaseNext };
}

describe('turns', () => {
  it('serve a user who comes later before the many requests of another', async () => {
    const { given, ask, settle, releaseNext } = watch({ places: 1, placesOf: () => 1 });
    for (const label of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1']) void ask(label);
    await settle();
    for (let n = 0; n < 5; n += 1) await releaseNext();
    expect(given).toEqual(['a1', 'b1', 'c1', 'a2', 'a3', 'a4']);
  });

  it('give no user more places than are theirs, and leave none free that another could use', async () => {
    const { given, ask, settle, turns } = watch({ places: 3, placesOf: (owner) => (owner === 'a' ? 1 : 5) });
    for (const label of ['a1', 'a2', 'b1', 'b2', 'b3']) void ask(label);
    await settle();
    expect(given).toEqual(['a1', 'b1', 'b2']);
    expect(turns.takenBy('a')).toBe(1);
    expect(turns.status()).toEqual({ running: 3, waiting: 2 });
  });

  it('give each of those who are at work its part of the shared places, and one at least', async () => {
    const { given, ask, settle } = watch({ places: 10, placesOf: () => 4, shared: 4 });
    for (const label of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'b3', 'c1', 'c2']) void ask(label);
    await settle();
    expect(given).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1']);
  });

  it('refuse at once what would wait behind too many, of one user or of all', async () => {
    const { ask, settle } = watch({ places: 1, placesOf: () => 1, waiting: 3, waitingPerOwner: 2 });
    for (const label of ['a1', 'a2', 'a3']) void ask(label);
    await settle();
    expect(await ask('a4')).toEqual({ ok: false, reason: 'full-for-owner' });
    void ask('b1');
    await settle();
    expect(await ask('c1')).toEqual({ ok: false, reason: 'full' });
  });

  it('forget who waits too long or is gone', async () => {
    const { ask, settle, turns } = watch({ places: 1, placesOf: () => 1, waitMs: 20 });
    void ask('a1');
    const gone = new AbortController();
    const aborted = ask('b1', 'b', gone.signal);
    const late = ask('c1');
    await settle();
    gone.abort();
    expect(await aborted).toEqual({ ok: false, reason: 'gone' });
    expect(await ask('d1', 'd', gone.signal)).toEqual({ ok: false, reason: 'gone' });
    expect(await late).toEqual({ ok: false, reason: 'late' });
    expect(turns.status()).toEqual({ running: 1, waiting: 0 });
  });

  it('count a place once, however often it is given back', async () => {
    const { turns } = watch();
    const turn = await turns.take('a');
    if (turn.ok) {
      turn.release();
      turn.release();
    }
    expect(turns.status()).toEqual({ running: 0, waiting: 0 });
  });

  it('keep their bounds and serve everybody in the end, in any order of asking and giving back', async () => {
    const steps = fc.array(fc.oneof(fc.constant('release'), fc.constantFrom('a', 'b', 'c', 'd')), { maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const watched = watch({ places: 3, placesOf: (owner) => (owner === 'a' ? 2 : 1), waitingPerOwner: 5 });
        const asked: Promise<Turn>[] = [];
        for (const step of given) {
          if (step === 'release') await watched.releaseNext();
          else asked.push(watched.ask(step, step));
          await watched.settle();
          expect(watched.turns.status().running).toBeLessThanOrEqual(3);
          expect(watched.turns.takenBy('a')).toBeLessThanOrEqual(2);
          expect(watched.turns.takenBy('b')).toBeLessThanOrEqual(1);
        }
        for (let left = asked.length; left > 0; left -= 1) await watched.releaseNext();
        const ends = await Promise.all(asked);
        expect(ends.every((turn) => turn.ok || turn.reason === 'full-for-owner')).toBe(true);
        expect(watched.turns.status()).toEqual({ running: 0, waiting: 0 });
      }),
      { numRuns: 100 },
    );
  });
});
