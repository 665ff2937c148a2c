/** How often something may be done: `count` times in any `windowMs`. */
export interface RateRule {
  readonly count: number;
  readonly windowMs: number;
}

/** What was done lately, by slots of a sixtieth of the window, oldest first. */
export interface UseLog {
  readonly slots: { readonly slot: number; count: number }[];
}

const SLOTS = 60;

export function newUseLog(): UseLog {
  return { slots: [] };
}

/** Books what was done. Times are of a clock that is never set back, in ms. */
export function bookUse(log: UseLog, windowMs: number, now: number, count: number): void {
  const slot = slotOf(windowMs, now);
  const newest = log.slots.at(-1);
  if (newest?.slot === slot) newest.count += count;
  else log.slots.push({ slot, count });
}

/** Takes back what was booked at a time or shortly before: it counts as not done. */
export function takeBackUse({ slots }: UseLog, windowMs: number, bookedAt: number, count: number): void {
  const newest = slotOf(windowMs, bookedAt);
  let left = count;
  for (let n = slots.length - 1; n >= 0 && left > 0; n -= 1) {
    const booked = slots[n];
    if (!booked || booked.slot > newest) continue;
    const taken = Math.min(left, booked.count);
    left -= taken;
    booked.count -= taken;
    if (booked.count === 0) slots.splice(n, 1);
  }
}

/**
 * How much was done in the window that ends now. A slot counts until all of it has left the window, so that no window of
 * this length, wherever it begins, holds more than was allowed.
 */
export function usedIn(log: UseLog, windowMs: number, now: number): number {
  const oldest = slotOf(windowMs, now) - SLOTS;
  while (log.slots[0] && log.slots[0].slot < oldest) log.slots.shift();
  return log.slots.reduce((sum, { count }) => sum + count, 0);
}

/** The time in ms until `cost` may be done; 0 when it may be done now. More than the rule's count counts as that. */
export function waitFor(log: UseLog, { count, windowMs }: RateRule, now: number, cost: number): number {
  let over = usedIn(log, windowMs, now) + Math.min(cost, count) - count;
  if (over <= 0) return 0;
  for (const { slot, count: used } of log.slots) {
    over -= used;
    if (over <= 0) return leavesAt(windowMs, slot) - now;
  }
  return windowMs;
}

/** The time in ms until something of what was done is given back; 0 when nothing was done. */
export function resetIn({ slots }: UseLog, windowMs: number, now: number): number {
  return slots[0] ? Math.max(0, leavesAt(windowMs, slots[0].slot) - now) : 0;
}

/** The slots as counts by age in slots, for another process, whose clock may differ. */
export function toAges(log: UseLog, windowMs: number, now: number): [age: number, count: number][] {
  usedIn(log, windowMs, now);
  const present = slotOf(windowMs, now);
  return log.slots.map(({ slot, count }) => [Math.max(0, present - slot), count]);
}

/** The opposite of {@link toAges}. */
export function fromAges(ages: readonly (readonly [age: number, count: number])[], windowMs: number, now: number) {
  const present = slotOf(windowMs, now);
  const slots = ages.map(([age, count]) => ({ slot: present - age, count }));
  return { slots: slots.sort((a, b) => a.slot - b.slot) } satisfies UseLog;
}

function slotOf(windowMs: number, now: number): number {
  return Math.floor((now * SLOTS) / windowMs);
}

function leavesAt(windowMs: number, slot: number): number {
  return ((slot + SLOTS + 1) * windowMs) / SLOTS;
}
