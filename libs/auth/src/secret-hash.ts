import type { KeySecret } from '@memlane/contracts';
import { createHash, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/**
 * 4 MiB and a few milliseconds for each guess. A key has 256 random bits, so that there is no dictionary to try and more
 * would protect nothing; but a gateway that has just started pays this once for each of its users.
 */
const COST = { n: 4_096, r: 8, p: 1 } as const;
const HASH_BYTES = 32;
/** Of what is recorded, so that an event cannot ask for more. */
const MOST_BYTES = 64 * 1_024 * 1_024;

/** What is kept of a key. @param salt random, 16 bytes */
export async function hashSecret(key: string, prefix: string, salt: Buffer): Promise<KeySecret> {
  const hash = await derive(key, salt, COST);
  return { kind: 'scrypt', prefix, ...COST, salt: salt.toString('base64url'), hash: hash.toString('base64url') };
}

/** Whether a key is the one that was hashed; compared in constant time. */
export async function matchesSecret(key: string, secret: KeySecret): Promise<boolean> {
  switch (secret.kind) {
    case 'scrypt': {
      const hash = await derive(key, Buffer.from(secret.salt, 'base64url'), secret);
      return isEqual(hash, Buffer.from(secret.hash, 'base64url'));
    }
    case 'sha256':
      return isEqual(createHash('sha256').update(key).digest(), Buffer.from(secret.hash, 'hex'));
  }
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function derive(key: string, salt: Buffer, { n, r, p }: { n: number; r: number; p: number }): Promise<Buffer> {
  const options: ScryptOptions = { N: n, r, p, maxmem: MOST_BYTES };
  return new Promise((resolve, reject) => {
    scrypt(key, salt, HASH_BYTES, options, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });
}
