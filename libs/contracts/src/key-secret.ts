import { z } from 'zod';

/**
 * What is kept of a key's text: the public part that it is found by, and a hash that it is checked with. `sha256` is of
 * keys that were made before accounts were events.
 */
export const keySecret = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('scrypt'),
    prefix: z.string(),
    /** Cost, block size and parallelism (RFC 7914). */
    n: z.int(),
    r: z.int(),
    p: z.int(),
    /** base64url, as the hash. */
    salt: z.string(),
    hash: z.string(),
  }),
  z.object({ kind: z.literal('sha256'), prefix: z.string(), /** hex */ hash: z.string() }),
]);
export type KeySecret = z.infer<typeof keySecret>;
