import { z } from 'zod';
import { limit, type LimitName } from './limits.js';
import { OWN_SPACE, parseSpace } from './spaces.js';
import { OWNER_PATTERN } from './subjects.js';

/** A bounded text that SQLite, JSON and UTF-8 can all carry: no NUL byte, no lone surrogate. */
export function text(max: LimitName, { min = 1 }: { min?: number } = {}) {
  return z.string().min(min).max(limit(max)).refine(isStorable, { error: 'contains a NUL byte or a lone surrogate' });
}

function isStorable(value: string): boolean {
  return !value.includes('\u0000') && value.isWellFormed();
}

/** Content of a memory: bounded by its UTF-8 size, not only white space. */
export const content = z
  .string()
  .refine(isStorable, { error: 'contains a NUL byte or a lone surrogate' })
  .refine((value) => value.trim() !== '', { error: 'is empty' })
  .refine((value) => Buffer.byteLength(value) <= limit('content_bytes'), {
    error: `is larger than ${limit('content_bytes')} bytes`,
    params: { limit: limit('content_bytes') },
  })
  .describe(`The text to remember, up to ${limit('content_bytes')} bytes of UTF-8.`);

export const type = text('type_chars').describe('What kind of memory it is, e.g. "decision" or "preference".');

export const tag = text('tag_chars').refine((value) => value.trim() === value, {
  error: 'begins or ends with white space',
});

export const tags = z
  .array(tag)
  .max(limit('tags_count'))
  .describe('Labels to find it by; order and repetition do not matter, upper and lower case do.');

/**
 * Free-form JSON, bounded in size and depth; keys that could reach a prototype are refused. Not `z.record`: that drops
 * an own key `__proto__` silently before a check can see it.
 */
export const metadata = z
  .unknown()
  .superRefine((value, context) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      context.addIssue({ code: 'custom', message: 'is not a JSON object' });
      return;
    }
    const max = limit('metadata_bytes');
    const problem = findJsonProblem(value, 1);
    if (problem) context.addIssue({ code: 'custom', ...problem });
    else if (Buffer.byteLength(JSON.stringify(value)) > max)
      context.addIssue({ code: 'custom', message: `is larger than ${max} bytes as JSON`, params: { limit: max } });
  })
  .transform((value) => value as Record<string, unknown>)
  .meta({ type: 'object', description: 'Anything else worth keeping, as a JSON object.' });

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

interface JsonProblem {
  message: string;
  params?: { limit: number };
}

function findJsonProblem(value: unknown, depth: number): JsonProblem | undefined {
  if (typeof value === 'string')
    return isStorable(value) ? undefined : { message: 'contains a NUL byte or a lone surrogate' };
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : { message: 'has a number that is too large to be kept' };
  if (value === null || typeof value !== 'object') return undefined;
  const max = limit('metadata_depth');
  if (depth > max) return { message: `is nested deeper than ${max} levels`, params: { limit: max } };
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key)) return { message: `has the forbidden key ${key}` };
    if (!isStorable(key)) return { message: 'has a key with a NUL byte or a lone surrogate' };
    const inner = findJsonProblem((value as Record<string, unknown>)[key], depth + 1);
    if (inner) return inner;
  }
  return undefined;
}

export const conversationId = text('conversation_id_chars').describe(
  'Groups the turns of one conversation; neighbours in it help to find each other.',
);

export const idempotencyKey = text('idempotency_key_chars').describe(
  'Repeat a call with the same key to get the first outcome instead of a second effect.',
);

export const memoryId = text('id_chars').describe('The id of a memory, as returned when it was stored.');

/** ISO 8601 with a zone, normalised to UTC with milliseconds. */
export const timestamp = z.iso
  .datetime({
    offset: true,
    error: 'is not a time with its zone, such as 2026-11-25T09:00:00Z or 2026-11-25T10:00:00+01:00',
  })
  .transform((value) => new Date(value).toISOString())
  // Times are compared as text, and of a year beyond these the text begins with a sign.
  .refine((value) => /^\d{4}-/.test(value), { error: 'is not between the years 0000 and 9999 in UTC' });

export const position = text('position_chars').describe(
  'A position that a write returned: the answer is not older than that write.',
);

export const cursor = text('cursor_chars').describe('next_cursor of the previous page.');

export const pageLimit = z.int().min(1).max(limit('results_per_page'));

export const owner = z.string().regex(OWNER_PATTERN);

const NOT_A_SPACE = 'is not the name of a space: <owner>/<tag>';

/** `<owner>/<tag>`, see `parseSpace`. */
export const space = text('space_chars').refine((value) => parseSpace(value) !== undefined, {
  error: NOT_A_SPACE,
});

/** A space, or the caller's own memories. */
export const readableSpace = text('space_chars').refine(
  (value) => value === OWN_SPACE || parseSpace(value) !== undefined,
  { error: NOT_A_SPACE },
);
