import type { z } from 'zod';

/** Newest version and schema of some event types. */
export type EventTable = Readonly<Record<string, { readonly version: number; readonly data: z.ZodType }>>;

/** Union of the events of a table, at their newest version. */
export type EventIn<Table extends EventTable> = {
  [T in keyof Table & string]: { readonly type: T; readonly data: z.infer<Table[T]['data']> };
}[keyof Table & string];
