import type { RateLimitName } from '@memlane/contracts';
import { limit, rateWindows } from '@memlane/contracts';
import { LRUCache } from 'lru-cache';
import {
  bookUse,
  fromAges,
  newUseLog,
  resetIn,
  takeBackUse,
  toAges,
  usedIn,
  waitFor,
  type UseLog,
} from './sliding-window.js';

/** What users did lately, here and at the other gateways, as far as this one knows. */
export interface UseLedger {
  /** Takes `cost` of what a user may do, or nothing. `count` is the limit of the user's plan. */
  take(use: Use & { readonly count: number }, now: number): Taken;
  /** Gives back what was taken at a time: nothing was done after all. */
  giveBack(use: Use, takenAt: number): void;
  /** The time in ms until `cost` could be taken; 0 for now. Takes nothing. */
  waitFor(use: Use & { readonly count: number }, now: number): number;
  /** What was used of the window that ends now, and in how many ms some of it is given back. */
  usedOf(owner: string, name: RateLimitName, now: number): { readonly used: number; readonly resetMs: number };
  /** Books what another gateway says. */
  hear(use: Use, now: number): void;
  /** What was taken and given back here since this was last asked. */
  drain(): Use[];
  /** The users who used most, for a gateway that has just started. */
  snapshot(now: number): UseSnapshot[];
  restore(snapshot: readonly UseSnapshot[], now: number): void;
}

/** Something that a user did, `cost` times; between gateways a negative cost is what was given back. */
export interface Use {
  readonly owner: string;
  readonly name: RateLimitName;
  readonly cost: number;
}

export type Taken =
  | { readonly is: 'taken' }
  | { readonly is: 'refused'; readonly retryAfterMs: number }
  /** The other gateways have not heard yet of what was taken here: ask again after this time. */
  | { readonly is: 'ahead'; readonly againMs: number };

export interface UseSnapshot {
  readonly owner: string;
  readonly name: RateLimitName;
  readonly ages: readonly (readonly [age: number, count: number])[];
}

/** What is taken is heard by every gateway within this time: it is told after {@link TELL_AFTER_MS}. */
export const HEARD_AFTER_MS = 25;
export const TELL_AFTER_MS = 5;
/** By how much the gateways together may exceed a limit. */
const TOLERANCE = 0.1;
/** Keeps a snapshot well below the largest NATS message. */
const SNAPSHOT_ENTRIES = 1_000;

interface Entry {
  log: UseLog;
  /** What was taken here and may not be known elsewhere yet. */
  unheard: { readonly at: number; readonly cost: number }[];
}

/** @param others how many other gateways there are */
export function openUseLedger(others: () => number, owners = limit('limited_users')): UseLedger {
  const entries = new LRUCache<string, Entry>({ max: owners * Object.keys(rateWindows).length });
  const untold = new Map<string, Use>();

  const keyOf = (owner: string, name: RateLimitName) => `${name}.${owner}`;
  const entryOf = (owner: string, name: RateLimitName): Entry => {
    const key = keyOf(owner, name);
    const known = entries.get(key);
    if (known) return known;
    const entry: Entry = { log: newUseLog(), unheard: [] };
    entries.set(key, entry);
    return entry;
  };

  /**
   * How much may be taken here while the others have not heard of it. Each of them may do the same at the same moment, so
   * that the tolerance is shared out among all but the last one to take.
   */
  const aheadOf = (count: number) => {
    const gateways = others();
    return gateways === 0 ? Infinity : Math.max(1, Math.floor((count * TOLERANCE) / gateways));
  };

  const tell = ({ owner, name, cost }: Use) => {
    const key = keyOf(owner, name);
    untold.set(key, { owner, name, cost: cost + (untold.get(key)?.cost ?? 0) });
  };

  const book = ({ owner, name, cost }: Use, at: number) => {
    const { log } = entryOf(owner, name);
    if (cost > 0) bookUse(log, rateWindows[name], at, cost);
    else takeBackUse(log, rateWindows[name], at, -cost);
  };

  return {
    take: ({ owner, name, cost, count }, now) => {
      const windowMs = rateWindows[name];
      const entry = entryOf(owner, name);
      const wait = waitFor(entry.log, { count, windowMs }, now, cost);
      if (wait > 0) return { is: 'refused', retryAfterMs: wait };
      entry.unheard = entry.unheard.filter(({ at }) => at > now - HEARD_AFTER_MS);
      const [first] = entry.unheard;
      const ahead = entry.unheard.reduce((sum, unheard) => sum + unheard.cost, 0);
      if (first && ahead + cost > aheadOf(count)) return { is: 'ahead', againMs: first.at + HEARD_AFTER_MS - now };
      bookUse(entry.log, windowMs, now, cost);
      if (others() > 0) {
        entry.unheard.push({ at: now, cost });
        tell({ owner, name, cost });
      }
      return { is: 'taken' };
    },
    giveBack: ({ owner, name, cost }, takenAt) => {
      const back = { owner, name, cost: -cost };
      book(back, takenAt);
      if (others() > 0) tell(back);
    },
    waitFor: ({ owner, name, cost, count }, now) => {
      const entry = entries.get(keyOf(owner, name));
      return entry ? waitFor(entry.log, { count, windowMs: rateWindows[name] }, now, cost) : 0;
    },
    usedOf: (owner, name, now) => {
      const entry = entries.get(keyOf(owner, name));
      if (!entry) return { used: 0, resetMs: 0 };
      const used = usedIn(entry.log, rateWindows[name], now);
      return { used, resetMs: resetIn(entry.log, rateWindows[name], now) };
    },
    hear: book,
    drain: () => {
      const told = [...untold.values()].filter(({ cost }) => cost !== 0);
      untold.clear();
      return told;
    },
    snapshot: (now) => {
      const most: (UseSnapshot & { used: number })[] = [];
      for (const [key, { log }] of entries.entries()) {
        const name = key.slice(0, key.indexOf('.')) as RateLimitName;
        const used = usedIn(log, rateWindows[name], now);
        if (used > 0)
          most.push({ owner: key.slice(name.length + 1), name, ages: toAges(log, rateWindows[name], now), used });
      }
      return most
        .sort((a, b) => b.used - a.used)
        .slice(0, SNAPSHOT_ENTRIES)
        .map(({ owner, name, ages }) => ({ owner, name, ages }));
    },
    restore: (snapshot, now) => {
      for (const { owner, name, ages } of snapshot) {
        const entry = entryOf(owner, name);
        const known = toAges(entry.log, rateWindows[name], now);
        entry.log = fromAges([...ages, ...known], rateWindows[name], now);
      }
    },
  };
}
