import { MemlaneError, parseInput } from '@memlane/contracts';
import type { z } from 'zod';

/** Input as its schema makes it. @throws MemlaneError `MEMLANE_ERR_INVALID_INPUT`, with the field at fault */
export function check<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = parseInput(schema, input);
  if (!parsed.ok) throw new MemlaneError(parsed.error);
  return parsed.value;
}
