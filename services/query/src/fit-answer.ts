import { limit } from '@memlane/contracts';

/** What an answer has beside the list that is made to fit: states of search legs, positions, a cursor. */
const REST_BYTES = 4_096;

/**
 * As many of the first items as fit into one answer, by the bytes of their JSON: a control character takes six. At least
 * one, or a page would never come further; a memory within its limits fits whatever it consists of.
 *
 * @param beside what is in the answer with them
 */
export function fitAnswer<Item>(items: readonly Item[], beside?: unknown, maxBytes = limit('answer_bytes')): Item[] {
  let room = maxBytes - REST_BYTES - bytesOf(beside);
  const end = items.findIndex((item, index) => {
    room -= bytesOf(item) + 1;
    return room < 0 && index > 0;
  });
  return end === -1 ? [...items] : items.slice(0, end);
}

function bytesOf(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
