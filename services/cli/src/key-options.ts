import { fields, limit } from '@memlane/contracts';
import { UsageError } from './usage-error.js';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A span of time such as `90`, `30m`, `12h` or `7d`. @returns seconds @throws UsageError */
export function readOverlap(text: string): number {
  const [, digits = '', unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  const seconds = digits === '' ? NaN : Number(digits) * (SECONDS[unit] ?? NaN);
  const max = limit('key_overlap_seconds');
  if (seconds <= max) return seconds;
  throw new UsageError(`--overlap: a number with s, m, h or d, at most ${max} seconds`);
}

/** A time with a zone. @returns ISO 8601 in UTC @throws UsageError */
export function readTime(text: string): string {
  const parsed = fields.timestamp.safeParse(text);
  if (!parsed.success) throw new UsageError('--expires-at: a time such as 2027-01-31T00:00:00Z');
  return parsed.data;
}
