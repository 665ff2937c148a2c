import type { MemoryView } from '@memlane/contracts';

/** Columns of `memory` and of `memory_version` that a view is made of. */
export const VIEW_COLUMNS =
  'id, content, type, tags, metadata, conversation_id, created_at, updated_at, expires_at, version';

export interface ViewRow extends Omit<MemoryView, 'tags' | 'metadata'> {
  readonly tags: string;
  readonly metadata: string;
}

export function toView(row: ViewRow): MemoryView {
  return {
    id: row.id,
    content: row.content,
    type: row.type,
    tags: JSON.parse(row.tags) as string[],
    metadata: JSON.parse(row.metadata) as Record<string, unknown>,
    conversation_id: row.conversation_id,
    created_at: row.created_at,
    updated_at: row.updated_at,
    expires_at: row.expires_at,
    version: row.version,
  };
}
