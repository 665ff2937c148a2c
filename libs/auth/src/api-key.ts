import type { KeySecret } from '@memlane/contracts';
import { randomBytes } from 'node:crypto';
import { hashSecret } from './secret-hash.js';

/** A new key: its text is shown once and never kept, only a hash of it is. */
export interface NewApiKey {
  readonly key: string;
  /** What is kept. */
  readonly secret: KeySecret;
}

/** Keys of before have a prefix of 8. */
const KEY_PATTERN = /^mlk_([A-Za-z0-9]{8}|[a-z0-5]{16})_[A-Za-z0-9_-]{43}$/;
const PREFIX_ALPHABET = 'abcdefghijklmnopqrstuvwxyz012345';
const PREFIX_CHARS = 16;

/**
 * Makes a key `mlk_<prefix of 16>_<256 random bits, base64url>`. The prefix is public: the key is found by it.
 *
 * @param random source of randomness, `n` bytes at a time
 */
export async function newApiKey(random: (bytes: number) => Buffer = randomBytes): Promise<NewApiKey> {
  let prefix = '';
  for (const byte of random(PREFIX_CHARS)) prefix += PREFIX_ALPHABET.charAt(byte % PREFIX_ALPHABET.length);
  const key = `mlk_${prefix}_${random(32).toString('base64url')}`;
  return { key, secret: await hashSecret(key, prefix, random(16)) };
}

/** The public part of a key; `undefined` for a text that has not the form of one. */
export function prefixOf(text: string): string | undefined {
  return KEY_PATTERN.exec(text)?.[1];
}

/** Whether a text has the form of a key: cheap to ask before anything is looked up. */
export function looksLikeApiKey(text: string): boolean {
  return prefixOf(text) !== undefined;
}
