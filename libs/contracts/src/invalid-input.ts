import type { z } from 'zod';
import { errorBody, type ErrorBody } from './errors.js';
import { explainIssue } from './explain-issue.js';
import type { Result } from './result.js';

/** Checks input against its schema; the error names the field, the problem and the limit, never the value. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): Result<z.output<S>, ErrorBody> {
  const parsed = schema.safeParse(input, { error: explainIssue });
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, error: invalidInput(parsed.error) };
}

/** The first issue of a zod error as an error body. */
export function invalidInput(error: z.ZodError): ErrorBody {
  const issue = error.issues[0];
  if (!issue) return errorBody('MEMLANE_ERR_INVALID_INPUT');
  if (issue.code === 'unrecognized_keys') {
    const field = fieldPath([...issue.path, String(issue.keys[0]).slice(0, 64)]);
    return errorBody('MEMLANE_ERR_INVALID_INPUT', `${field} is not a known field`, { field });
  }
  const field = fieldPath(issue.path) || 'input';
  const limit = limitOf(issue);
  const message = `${field}: ${issue.message}`;
  return errorBody('MEMLANE_ERR_INVALID_INPUT', message, limit === undefined ? { field } : { field, limit });
}

function limitOf(issue: z.core.$ZodIssue): number | undefined {
  if (issue.code === 'too_big') return Number(issue.maximum);
  if (issue.code === 'too_small') return Number(issue.minimum);
  if (issue.code === 'custom' && typeof issue.params?.['limit'] === 'number') return issue.params['limit'];
  return undefined;
}

/** `memories[3].tags`, as callers write it. */
function fieldPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : text ? `.${String(part)}` : String(part);
  return text;
}
