import { errorBody } from '@memlane/contracts';
import { describe, expect, it } from 'vitest';
import { intersectRanges, parseTimeRange } from './parse-time-range.js';

/** A Tuesday. */
const now = new Date('2026-11-24T14:30:00.000Z');

const day = (text: string) => `${text}T00:00:00.000Z`;

const table: readonly [expression: string, after: string | undefined, before: string | undefined][] = [
  ['today', day('2026-11-24'), day('2026-11-25')],
  ['in 9999', day('9999-01-01'), '9999-12-31T23:59:59.999Z'],
  ['between 2025 and 9999', day('2025-01-01'), '9999-12-31T23:59:59.999Z'],
  ['yesterday', day('2026-11-23'), day('2026-11-24')],
  ['Yesterday morning', '2026-11-23T05:00:00.000Z', '2026-11-23T12:00:00.000Z'],
  ['yesterday afternoon', '2026-11-23T12:00:00.000Z', '2026-11-23T18:00:00.000Z'],
  ['yesterday evening', '2026-11-23T17:00:00.000Z', day('2026-11-24')],
  ['last night', '2026-11-23T18:00:00.000Z', '2026-11-24T06:00:00.000Z'],
  ['this morning', '2026-11-24T05:00:00.000Z', '2026-11-24T12:00:00.000Z'],
  ['the day before yesterday', day('2026-11-22'), day('2026-11-23')],
  ['on Monday morning', '2026-11-23T05:00:00.000Z', '2026-11-23T12:00:00.000Z'],
  ['the evening of 3 May 2025', '2025-05-03T17:00:00.000Z', day('2025-05-04')],
  ['last week', day('2026-11-16'), day('2026-11-23')],
  ['this week', day('2026-11-23'), day('2026-11-30')],
  ['last month', day('2026-10-01'), day('2026-11-01')],
  ['last year', day('2025-01-01'), day('2026-01-01')],
  ['last quarter', day('2026-07-01'), day('2026-10-01')],
  ['the past week', '2026-11-17T14:30:00.000Z', '2026-11-24T14:30:00.000Z'],
  ['in the last 3 hours', '2026-11-24T11:30:00.000Z', '2026-11-24T14:30:00.000Z'],
  ['last couple of days', '2026-11-22T14:30:00.000Z', '2026-11-24T14:30:00.000Z'],
  ['3 days ago', day('2026-11-21'), day('2026-11-22')],
  ['two weeks ago', day('2026-11-09'), day('2026-11-16')],
  ['2 months ago', day('2026-09-01'), day('2026-10-01')],
  ['an hour ago', '2026-11-24T13:00:00.000Z', '2026-11-24T14:00:00.000Z'],
  ['in March 2025', day('2025-03-01'), day('2025-04-01')],
  ['in March', day('2026-03-01'), day('2026-04-01')],
  ['December', day('2025-12-01'), day('2026-01-01')],
  ['on 5 May', day('2026-05-05'), day('2026-05-06')],
  ['25 December', day('2025-12-25'), day('2025-12-26')],
  ['2025', day('2025-01-01'), day('2026-01-01')],
  ['2025-03', day('2025-03-01'), day('2025-04-01')],
  ['2025-03-14', day('2025-03-14'), day('2025-03-15')],
  ['2025-03-14 15:07', '2025-03-14T15:07:00.000Z', '2025-03-14T15:08:00.000Z'],
  ['3 March 2025 at 3pm', '2025-03-03T15:00:00.000Z', '2025-03-03T16:00:00.000Z'],
  ['tuesday', day('2026-11-24'), day('2026-11-25')],
  ['last Tuesday', day('2026-11-17'), day('2026-11-18')],
  ['last Friday', day('2026-11-20'), day('2026-11-21')],
  ['last weekend', day('2026-11-21'), day('2026-11-23')],
  ['between 3 and 9 May', day('2026-05-03'), day('2026-05-10')],
  ['between May 3 and 9', day('2026-05-03'), day('2026-05-10')],
  ['between 28 April and 9 May 2025', day('2025-04-28'), day('2025-05-10')],
  ['from March to May 2025', day('2025-03-01'), day('2025-06-01')],
  ['between December and February', day('2025-12-01'), day('2026-03-01')],
  ['between November and February', day('2025-11-01'), day('2026-03-01')],
  ['2025-03-14 to 2025-03-16', day('2025-03-14'), day('2025-03-17')],
  ['since Monday', day('2026-11-23'), undefined],
  ['since 2025-06-01', day('2025-06-01'), undefined],
  ['after June', day('2026-07-01'), undefined],
  ['before June', undefined, day('2026-06-01')],
  ['until yesterday', undefined, day('2026-11-24')],
  ['Q1 2025', day('2025-01-01'), day('2025-04-01')],
  ['third quarter of 2024', day('2024-07-01'), day('2024-10-01')],
  ['2025 Q4', day('2025-10-01'), day('2026-01-01')],
  ['summer 2024', day('2024-06-01'), day('2024-09-01')],
  ['last winter', day('2025-12-01'), day('2026-03-01')],
  ['last summer', day('2026-06-01'), day('2026-09-01')],
];

describe('parseTimeRange', () => {
  it.each(table)('reads "%s"', (expression, after, before) => {
    expect(parseTimeRange(expression, now)).toEqual({
      ...(after !== undefined && { after }),
      ...(before !== undefined && { before }),
    });
  });

  it.each([
    '',
    'soon enough',
    'the colour of yesterday',
    'between apples and pears',
    '99 May',
    'since never',
    '"*',
    'a',
  ])('refuses "%s"', (expression) => {
    expect(() => parseTimeRange(expression, now)).toThrow(
      expect.objectContaining({ body: errorBody('MEMLANE_ERR_INVALID_TIME', undefined, { field: 'time' }) }) as Error,
    );
  });
});

describe('intersectRanges', () => {
  it('keeps the later beginning and the earlier end', () => {
    const a = { after: day('2025-01-01'), before: day('2025-03-01') };
    expect(intersectRanges(a, { after: day('2025-02-01') })).toEqual({ after: day('2025-02-01'), before: a.before });
    expect(intersectRanges({}, {})).toEqual({});
  });
});
