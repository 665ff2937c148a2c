import type { NewMemory, NotApplied } from '@memlane/contracts';
import { hashMetadata } from './fingerprints.js';
import type { MemoryFacts } from './state.js';

/** What was given with content that is there already, and is not so there: told, so that nobody takes it for stored. */
export function notApplied(
  existing: MemoryFacts,
  { type, tags, metadata, expires_at: expiresAt }: NewMemory,
): { readonly not_applied?: readonly NotApplied[] } {
  const differs: Readonly<Record<NotApplied, boolean>> = {
    type: type !== undefined && type !== existing.type,
    tags: tags !== undefined && !tags.every((tag) => existing.tags.includes(tag)),
    metadata: metadata !== undefined && hashMetadata(metadata) !== existing.metadataHash,
    expires_at: expiresAt !== undefined && expiresAt !== existing.expiresAt,
  };
  const fields = (Object.keys(differs) as NotApplied[]).filter((field) => differs[field]);
  return fields.length > 0 ? { not_applied: fields } : {};
}
