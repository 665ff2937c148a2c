/** Default number of partitions of a new log. Fixed for the life of a log: it is recorded in the `memlane` bucket. */
export const DEFAULT_PARTITIONS = 16;

/**
 * 32-bit FNV-1a over the UTF-8 bytes of `text`: the hash behind the NATS server's own `partition()` subject mapping.
 *
 * @returns an unsigned 32-bit integer
 */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** The lane of an owner: `fnv1a32(utf8(owner)) % partitions`. The only place where it is computed. */
export function partitionOf(owner: string, partitions: number): number {
  return fnv1a32(owner) % partitions;
}
