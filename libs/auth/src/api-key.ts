import { createHash, randomBytes } from 'node:crypto';

/** A new key: the secret text is shown once and never kept, only its hash is. */
export interface NewApiKey {
  readonly key: string;
  /** Public part, by which people tell keys apart in lists. */
  readonly prefix: string;
  readonly hash: string;
}

const KEY_PATTERN = /^mlk_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}$/;
const PREFIX_ALPHABET = 'abcdefghijklmnopqrstuvwxyz012345';

/**
 * Makes a key `mlk_<prefix of 8>_<256 random bits, base64url>`.
 *
 * @param random source of randomness, `n` bytes at a time
 */
export function newApiKey(random: (bytes: number) => Buffer = randomBytes): NewApiKey {
  let prefix = '';
  for (const byte of random(8)) prefix += PREFIX_ALPHABET.charAt(byte % PREFIX_ALPHABET.length);
  const key = `mlk_${prefix}_${random(32).toString('base64url')}`;
  return { key, prefix, hash: hashApiKey(key) };
}

/** Whether a text has the form of a key: cheap to ask before anything is hashed. */
export function looksLikeApiKey(text: string): boolean {
  return KEY_PATTERN.test(text);
}

/**
 * sha256, hex. A slow password hash would add nothing: the secret has 256 random bits, so there is no dictionary to try.
 * Looking the hash up leaks no timing about the secret either, since a near miss hashes to something unrelated.
 */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
