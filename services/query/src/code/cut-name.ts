import { limit } from '@memlane/contracts';

/** A name as answers show it: some language takes a megabyte for a name, and no query can ask for such a one. */
export function cutName(name: string): string {
  return name.slice(0, limit('symbol_chars'));
}
