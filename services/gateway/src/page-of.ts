import { memlaneError } from '@memlane/contracts';

/** A page of things in the order of their names, which no two share. */
export function pageOf<Item extends { readonly name: string }>(
  all: readonly Item[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): { readonly items: readonly Item[]; readonly next: { readonly next_cursor?: string } } {
  const after = cursor === undefined ? '' : readCursor(cursor);
  const rest = all.filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const next = last && rest.length > limit ? { next_cursor: Buffer.from(last.name).toString('base64url') } : {};
  return { items, next };
}

function readCursor(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString();
  if (!/^[a-z0-9_-]{1,64}( [A-Za-z0-9_-]{1,64})?$/.test(name)) throw memlaneError('MEMLANE_ERR_INVALID_CURSOR');
  return name;
}
