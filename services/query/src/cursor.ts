import { createHash } from 'node:crypto';
import { limit, memlaneError } from '@memlane/contracts';
import { z } from 'zod';

/** In UTC: what it is compared with is text. */
const time = z.iso.datetime();
const range = { after: time.optional(), before: time.optional() };
const offset = z.int().min(0);

const cursorState = z.discriminatedUnion('kind', [
  /** After `offset` hits of a ranked search, whose time expression was resolved when the first page was asked for. */
  z.strictObject({ kind: z.literal('ranked'), offset, ...range }),
  /** After a memory, in the order "newest first". */
  z.strictObject({
    kind: z.literal('newest'),
    offset,
    createdAt: time,
    /** Which of the sources it is in, by place among them. */
    source: z
      .int()
      .min(0)
      .max(limit('spaces_per_read') - 1),
    ord: z.int().min(0),
    ...range,
  }),
  /** Among the versions of a memory, before this one. */
  z.strictObject({ kind: z.literal('versions'), before: z.int().min(1) }),
  /** After `offset` things of a list that is read as a whole. */
  z.strictObject({ kind: z.literal('listed'), offset }),
]);

/** Where the next page begins. Opaque to callers. */
export type CursorState = z.infer<typeof cursorState>;
export type CursorOf<K extends CursorState['kind']> = Extract<CursorState, { kind: K }>;

/** Input that may differ from page to page. */
const FREE_FIELDS = new Set(['limit', 'cursor', 'position', 'explain']);

/**
 * What a cursor belongs to: the owner, the query's name and everything in its input that changes which memories are
 * found or in what order.
 */
export function fingerprintQuery(owner: string, name: string, input: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(input).filter(([field, value]) => value !== undefined && !FREE_FIELDS.has(field));
  return hash(JSON.stringify([owner, name, entries.toSorted(([a], [b]) => (a < b ? -1 : 1))]));
}

export function encodeCursor(fingerprint: string, state: CursorState): string {
  const body = Buffer.from(JSON.stringify(state)).toString('base64url');
  return `${body}.${hash(fingerprint + body)}`;
}

/**
 * The state in a cursor; `undefined` without one.
 *
 * @param kind of the pages that it is to continue
 * @throws MemlaneError `MEMLANE_ERR_INVALID_CURSOR` when it is broken or belongs to another query or owner
 */
export function decodeCursor<K extends CursorState['kind']>(
  fingerprint: string,
  cursor: string | undefined,
  kind: K,
): CursorOf<K> | undefined {
  if (cursor === undefined) return undefined;
  const [body = '', check] = cursor.split('.');
  // Not a secret: a cursor holds nothing that its owner could not ask for, and every page is read in the owner's scope.
  // So anyone can make one, and what is in it is checked like any input.
  const state = check === hash(fingerprint + body) ? readState(body) : undefined;
  if (state?.kind !== kind) throw memlaneError('MEMLANE_ERR_INVALID_CURSOR', undefined, { field: 'cursor' });
  return state as CursorOf<K>;
}

function readState(body: string): CursorState | undefined {
  try {
    return cursorState.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString())).data;
  } catch {
    return undefined;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
