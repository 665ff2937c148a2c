import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** A file is not the one that was pinned: a broken transfer, or someone else's file. */
export class ChecksumMismatchError extends Error {
  constructor(what: string, expected: string, actual: string) {
    super(`${what}: checksum mismatch, expected sha256 ${expected}, got ${actual}; it was not used`);
    this.name = 'ChecksumMismatchError';
  }
}

/** Hex sha256 of a file, read as a stream. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** @throws ChecksumMismatchError when the file is not the pinned one */
export async function verifyFile(path: string, sha256: string, what: string): Promise<void> {
  const actual = await sha256OfFile(path);
  if (actual !== sha256) throw new ChecksumMismatchError(what, sha256, actual);
}
