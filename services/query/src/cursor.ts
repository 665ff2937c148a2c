import { createHash } from 'node:crypto';
import { memlaneError } from '@memlane/contracts';

/** Where the next page begins. Opaque to callers. */
export type CursorState =
  /** After `offset` hits of a ranked search, whose time expression was resolved when the first page was asked for. */
  | { readonly kind: 'ranked'; readonly offset: number; readonly after?: string; readonly before?: string }
  /** After a memory, in the order "newest first". */
  | {
      readonly kind: 'newest';
      readonly offset: number;
      readonly createdAt: string;
      /** Which of the sources it is in, by place among them. */
      readonly source: number;
      readonly ord: number;
      readonly after?: string;
      readonly before?: string;
    };

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

/** @throws MemlaneError `MEMLANE_ERR_INVALID_CURSOR` when it is broken or belongs to another query or owner */
export function decodeCursor(fingerprint: string, cursor: string): CursorState {
  const [body = '', check] = cursor.split('.');
  // Not a secret: a cursor holds nothing that its owner could not ask for, and every page is read in the owner's scope.
  if (check !== hash(fingerprint + body))
    throw memlaneError('MEMLANE_ERR_INVALID_CURSOR', undefined, { field: 'cursor' });
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as CursorState;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
