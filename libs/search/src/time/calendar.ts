/** A stretch of time, UTC: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: Date;
  readonly end: Date;
}

/** From fine to coarse. */
export const units = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type Unit = (typeof units)[number];

const DAY_MS = 86_400_000;

/** The beginning of the unit that a time lies in; weeks begin on Monday. */
export function startOf(unit: Unit, time: Date): Date {
  const [year, month, day] = [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()];
  switch (unit) {
    case 'minute':
      return new Date(Math.floor(time.getTime() / 60_000) * 60_000);
    case 'hour':
      return new Date(Math.floor(time.getTime() / 3_600_000) * 3_600_000);
    case 'day':
      return utc(year, month, day);
    case 'week':
      return utc(year, month, day - ((time.getUTCDay() + 6) % 7));
    case 'month':
      return utc(year, month, 1);
    case 'quarter':
      return utc(year, month - (month % 3), 1);
    case 'year':
      return utc(year, 0, 1);
  }
}

/** `count` units later; negative goes back. A day that the month does not have becomes its last. */
export function addUnits(unit: Unit, time: Date, count: number): Date {
  switch (unit) {
    case 'minute':
      return new Date(time.getTime() + count * 60_000);
    case 'hour':
      return new Date(time.getTime() + count * 3_600_000);
    case 'day':
      return new Date(time.getTime() + count * DAY_MS);
    case 'week':
      return new Date(time.getTime() + count * 7 * DAY_MS);
    case 'month':
      return addMonths(time, count);
    case 'quarter':
      return addMonths(time, count * 3);
    case 'year':
      return addMonths(time, count * 12);
  }
}

/** The whole unit that a time lies in. */
export function unitAround(unit: Unit, time: Date): Span {
  const start = startOf(unit, time);
  return { start, end: addUnits(unit, start, 1) };
}

function addMonths(time: Date, count: number): Date {
  const moved = new Date(time);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + count);
  const days = utc(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0).getUTCDate();
  moved.setUTCDate(Math.min(time.getUTCDate(), days));
  return moved;
}

/** Like `Date.UTC`, without its habit of taking the years 0 to 99 for 1900 to 1999. */
export function utc(year: number, month: number, day: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date;
}
