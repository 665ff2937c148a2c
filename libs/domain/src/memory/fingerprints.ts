import { createHash } from 'node:crypto';

/**
 * Identity of content: sha256 of the text with runs of white space as one space, none at the ends. Case counts, since
 * `TODO` and `todo` are different things in code.
 */
export function hashContent(content: string): string {
  return sha256(content.trim().replaceAll(/\s+/gu, ' '));
}

/** Identity of metadata: the order of keys does not count. */
export function hashMetadata(metadata: Readonly<Record<string, unknown>>): string {
  return sha256(canonicalJson(metadata));
}

/** JSON with the keys of every object in order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Tags are a set. */
export function normaliseTags(tags: readonly string[]): string[] {
  return [...new Set(tags)].sort();
}
