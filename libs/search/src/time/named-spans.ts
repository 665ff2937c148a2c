import { addUnits, startOf, unitAround, utc, type Span, type Unit } from './calendar.js';

/** Reads one kind of expression; `undefined` when it is not of that kind. Input is lower case and trimmed. */
type Reader = (text: string, now: Date) => Span | undefined;

const UNIT = '(minute|hour|day|week|month|quarter|year)';
const COUNTS: Readonly<Record<string, number>> = {
  a: 1,
  an: 1,
  one: 1,
  two: 2,
  'a couple of': 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
};
const COUNT = `(\\d{1,4}|${Object.keys(COUNTS)
  .toSorted((a, b) => b.length - a.length)
  .join('|')})`;
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** First hour and length in hours; the night ends on the next day. */
const DAY_PARTS: Readonly<Record<string, readonly [from: number, hours: number]>> = {
  morning: [5, 7],
  afternoon: [12, 6],
  evening: [17, 7],
  night: [18, 12],
};
/** First month, northern hemisphere, by meteorological quarters. */
const SEASONS: Readonly<Record<string, number>> = { spring: 2, summer: 5, autumn: 8, fall: 8, winter: 11 };

/** "this week", "last month", "previous quarter", "the past year" (up to now). */
const relativeUnit: Reader = (text, now) => {
  const match = new RegExp(`^(this|current|last|previous|past) ${UNIT}$`).exec(text);
  if (!match) return undefined;
  const unit = match[2] as Unit;
  if (match[1] === 'past') return { start: addUnits(unit, now, -1), end: now };
  const current = unitAround(unit, now);
  if (match[1] === 'this' || match[1] === 'current') return current;
  return { start: addUnits(unit, current.start, -1), end: current.start };
};

/** "last 3 days", "past two hours", "last couple of weeks": up to now. */
const lastUnits: Reader = (text, now) => {
  const match = new RegExp(`^(?:last|past|previous) (?:${COUNT}|(couple of|few)) ${UNIT}s?$`).exec(text);
  if (!match) return undefined;
  const count = match[1] ? countOf(match[1]) : match[2] === 'few' ? 3 : 2;
  return { start: addUnits(match[3] as Unit, now, -count), end: now };
};

/** "3 days ago", "an hour ago", "two weeks ago": the whole unit that time lies in. */
const unitsAgo: Reader = (text, now) => {
  const match = new RegExp(`^${COUNT} ${UNIT}s? ago$`).exec(text);
  return match ? unitAround(match[2] as Unit, addUnits(match[2] as Unit, now, -countOf(String(match[1])))) : undefined;
};

/** "monday", "last friday", "this tuesday": the latest one that has begun; "last" is never today. */
const weekday: Reader = (text, now) => {
  const match = /^(last |this |past )?(sun|mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?)(?:day)?$/.exec(text);
  if (!match) return undefined;
  const wanted = WEEKDAYS.indexOf(String(match[2]).slice(0, 3));
  const back = (now.getUTCDay() - wanted + 7) % 7;
  return unitAround('day', addUnits('day', now, -(back === 0 && match[1] === 'last ' ? 7 : back)));
};

/** "weekend", "last weekend": Saturday and Sunday. */
const weekend: Reader = (text, now) => {
  const match = /^(?:(this|last|past|previous) )?weekend$/.exec(text);
  if (!match) return undefined;
  const saturday = addUnits('day', startOf('week', now), 5);
  const begun = saturday.getTime() <= now.getTime();
  const start = match[1] === 'this' || (begun && !match[1]) ? saturday : addUnits('week', saturday, -1);
  return { start, end: addUnits('day', start, 2) };
};

/** "2025", "2025-03", "march 2025" is left to the date parser. */
const yearOrMonth: Reader = (text) => {
  const match = /^(\d{4})(?:-(0[1-9]|1[0-2]))?$/.exec(text);
  if (!match) return undefined;
  return unitAround(match[2] ? 'month' : 'year', utc(Number(match[1]), Number(match[2] ?? 1) - 1, 1));
};

/** "q1 2025", "2025 q1", "third quarter of 2024", "q2": without a year the latest that has begun. */
const quarter: Reader = (text, now) => {
  const match =
    /^(?:q([1-4])|(first|second|third|fourth) quarter)(?: (?:of )?(\d{4}))?$/.exec(text) ??
    /^(?<year>\d{4})[ -]?q(?<number>[1-4])$/.exec(text);
  if (!match) return undefined;
  const named = ['first', 'second', 'third', 'fourth'].indexOf(match[2] ?? '') + 1;
  const number = Number(match.groups?.['number'] ?? match[1] ?? named);
  const year = match.groups?.['year'] ?? match[3];
  const start = latest(year === undefined ? undefined : Number(year), now, (in_) => utc(in_, (number - 1) * 3, 1));
  return { start, end: addUnits('quarter', start, 1) };
};

/** "summer 2024", "last winter", "spring". */
const season: Reader = (text, now) => {
  const match = /^(?:(this|last) )?(spring|summer|autumn|fall|winter)(?: (?:of )?(\d{4}))?$/.exec(text);
  if (!match) return undefined;
  const month = SEASONS[String(match[2])] ?? 0;
  const found = latest(match[3] === undefined ? undefined : Number(match[3]), now, (year) => utc(year, month, 1));
  const ended = addUnits('month', found, 3).getTime() <= now.getTime();
  const start = match[1] === 'last' && !ended ? addUnits('year', found, -1) : found;
  return { start, end: addUnits('month', start, 3) };
};

/** In the given year, or in the latest in which it has begun. */
function latest(year: number | undefined, now: Date, inYear: (year: number) => Date): Date {
  if (year !== undefined) return inYear(year);
  const current = inYear(now.getUTCFullYear());
  return current.getTime() <= now.getTime() ? current : inYear(now.getUTCFullYear() - 1);
}

function countOf(text: string): number {
  return COUNTS[text] ?? Number(text);
}

const readers = [relativeUnit, lastUnits, unitsAgo, weekday, weekend, yearOrMonth, quarter, season];

/** Spans that have a name of their own and that a date parser takes for single days. */
export function readNamedSpan(text: string, now: Date): Span | undefined {
  for (const read of readers) {
    const span = read(text, now);
    if (span) return span;
  }
  return undefined;
}

/** Splits "yesterday morning" or "the evening of 3 May" into the day's text and the part of the day. */
export function splitDayPart(text: string, now: Date): { day: string; part: string } | undefined {
  if (text === 'tonight') return { day: 'today', part: 'night' };
  // Before six in the morning the night that one remembers is the one that is still going on.
  if (text === 'last night') return { day: 'yesterday', part: 'night' };
  const match =
    /^(?<day>.+?)(?:,? (?:in the|at))? (?<part>morning|afternoon|evening|night)$/.exec(text) ??
    /^(?<part>morning|afternoon|evening|night) (?:of|on) (?<day>.+)$/.exec(text);
  if (!match?.groups) return undefined;
  const { day = '', part = '' } = match.groups;
  return { day: day === 'this' || day === 'the' ? 'today' : day === 'last' ? lastDayWith(part, now) : day, part };
}

function lastDayWith(part: string, now: Date): string {
  const [from, hours] = DAY_PARTS[part] ?? [0, 24];
  return now.getUTCHours() >= from + hours ? 'today' : 'yesterday';
}

/** The part of the day that begins at `dayStart`. */
export function partOfDay(dayStart: Date, part: string): Span {
  const [from, hours] = DAY_PARTS[part] ?? [0, 24];
  const start = addUnits('hour', dayStart, from);
  return { start, end: addUnits('hour', start, hours) };
}
