import { memlaneError } from '@memlane/contracts';
import * as chrono from 'chrono-node';
import { addUnits, unitAround, type Span, type Unit } from './calendar.js';
import { partOfDay, readNamedSpan, splitDayPart } from './named-spans.js';

/** From `after`, inclusive, up to `before`, exclusive; ISO 8601 UTC. At least one of them is there. */
export interface TimeRange {
  readonly after?: string;
  readonly before?: string;
}

const MONTH = /\b(jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\b/;
const BARE_DAY = /^(?:the )?\d{1,2}(?:st|nd|rd|th)?$/;

/**
 * Reads an English time expression such as "yesterday morning", "in March 2025", "since Monday" or "between 3 and 9
 * May". Memories lie in the past, so a month or weekday without a year means the latest that has begun. All times are
 * UTC; weeks begin on Monday.
 *
 * @param now reference clock
 * @throws MemlaneError `MEMLANE_ERR_INVALID_TIME` when the whole expression is not understood
 */
export function parseTimeRange(expression: string, now: Date): TimeRange {
  const range = readRange(normalise(expression), now);
  if (!range) throw memlaneError('MEMLANE_ERR_INVALID_TIME', undefined, { field: 'time' });
  return range;
}

function normalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/\s+/gu, ' ')
    .replace(/[.?!]+$/u, '')
    .trim();
}

function readRange(text: string, now: Date): TimeRange | undefined {
  const pair =
    /^(?:between|from) (.+?) (?:and|to|until|till|through) (.+)$/.exec(text) ??
    /^(.+?) (?:to|until|till|through|–|-) (.+)$/.exec(text);
  if (pair) return readPair(String(pair[1]), String(pair[2]), now);

  const open = /^(since|after|before|until|till|up to|by|from) (.+)$/.exec(text);
  const span = readSpan(open ? String(open[2]) : text, now);
  if (!span) return undefined;
  switch (open?.[1]) {
    case undefined:
      return toRange(span);
    case 'since':
    case 'from':
      return { after: textOf(span.start) };
    case 'after':
      return { after: textOf(span.end) };
    case 'before':
      return { before: textOf(span.start) };
    default:
      return { before: textOf(span.end) };
  }
}

function readPair(first: string, second: string, now: Date): TimeRange | undefined {
  const end = readSpan(completeDay(second, first), now);
  const begin = readSpan(completeDay(first, second), now);
  if (!begin || !end) return undefined;
  if (begin.start.getTime() < end.end.getTime()) return toRange({ start: begin.start, end: end.end });
  // "between November and February": the November before. Anything else that runs backwards is two ends swapped.
  if (!/\d{4}/.test(first) && MONTH.test(first) && MONTH.test(second))
    return toRange({ start: addUnits('year', begin.start, -1), end: end.end });
  return toRange({ start: end.start, end: begin.end });
}

/** In "3 and 9 May" the 3 is of May, too; in "march to may 2025" the march is of 2025. */
function completeDay(text: string, other: string): string {
  const year = /\b\d{4}\b/.exec(other)?.[0];
  const month = MONTH.exec(other)?.[0];
  if (BARE_DAY.test(text) && month) return `${text.replace(/^the /, '')} ${month}${year ? ` ${year}` : ''}`;
  return year && MONTH.test(text) && !/\d{4}/.test(text) ? `${text} ${year}` : text;
}

function toRange({ start, end }: Span): TimeRange {
  return { after: textOf(start), before: textOf(end) };
}

/** ISO 8601 UTC. Times are compared as text, and of the year 10000 it begins with a sign: "in 9999" ends before. */
function textOf(time: Date): string {
  return time.getUTCFullYear() > 9999 ? '9999-12-31T23:59:59.999Z' : time.toISOString();
}

function readSpan(text: string, now: Date): Span | undefined {
  const date = text.replace(/^(?:on|in|at|during|within|around|sometime) /, '');
  const bare = date.replace(/^the /, '');
  const named = readNamedSpan(bare, now);
  if (named) return named;
  const parts = splitDayPart(bare, now);
  if (parts) {
    const day = readSpan(parts.day, now);
    return day && isOneDay(day) ? partOfDay(day.start, parts.part) : undefined;
  }
  return readDate(date, now) ?? readDate(bare, now);
}

function isOneDay({ start, end }: Span): boolean {
  return addUnits('day', start, 1).getTime() === end.getTime();
}

/** What remains is for the date parser; the span is as wide as what was said: a minute, an hour, a day, a month. */
function readDate(text: string, now: Date): Span | undefined {
  const results = chrono.parse(text, { instant: now, timezone: 0 });
  const result = results[0];
  if (!result || results.length > 1 || result.text.length !== text.length) return undefined;
  const { start } = result;
  const unit: Unit | undefined = start.isCertain('minute')
    ? 'minute'
    : start.isCertain('hour')
      ? 'hour'
      : start.isCertain('day') || start.isCertain('weekday')
        ? 'day'
        : start.isCertain('month')
          ? 'month'
          : start.isCertain('year')
            ? 'year'
            : undefined;
  if (!unit) return undefined;
  const saysHour = unit === 'minute' && start.get('minute') === 0 && !/:\d\d|\bnow\b/.test(text);
  const found = unitAround(saysHour ? 'hour' : unit, start.date());
  if (result.end) return { start: found.start, end: unitAround(unit, result.end.date()).end };
  if (start.isCertain('year') || found.start.getTime() <= now.getTime()) return found;
  const back: Unit = start.isCertain('month') ? 'year' : 'day';
  return { start: addUnits(back, found.start, -1), end: addUnits(back, found.end, -1) };
}

/** The narrower of two ranges; either may be open. */
export function intersectRanges(a: TimeRange, b: TimeRange): TimeRange {
  const after = [a.after, b.after]
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);
  const before = [a.before, b.before].filter((time) => time !== undefined).toSorted()[0];
  return { ...(after !== undefined && { after }), ...(before !== undefined && { before }) };
}
