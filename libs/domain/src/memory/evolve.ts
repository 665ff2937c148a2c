import type { MemoryEvent } from '@memlane/contracts';
import { hashMetadata } from './fingerprints.js';
import type { MemoryFacts } from './state.js';

/**
 * The facts of one memory after an event that concerns it; `undefined` when it is gone. Applying an event a second time
 * changes nothing.
 *
 * @param at when the commit was decided, ISO 8601 UTC
 */
export function evolve(facts: MemoryFacts | undefined, event: MemoryEvent, at: string): MemoryFacts | undefined {
  switch (event.type) {
    case 'memory-stored': {
      const { id, content_hash, type, tags, metadata, expires_at } = event.data;
      return {
        id,
        version: 1,
        contentHash: content_hash,
        type,
        tags,
        metadataHash: hashMetadata(metadata),
        createdAt: at,
        expiresAt: expires_at,
      };
    }
    case 'memory-updated': {
      if (!facts || facts.version >= event.data.version) return facts;
      const { changes, version } = event.data;
      return {
        ...facts,
        version,
        contentHash: changes.content_hash ?? facts.contentHash,
        type: changes.type === undefined ? facts.type : changes.type,
        tags: changes.tags ?? facts.tags,
        metadataHash: changes.metadata ? hashMetadata(changes.metadata) : facts.metadataHash,
        expiresAt: changes.expires_at === undefined ? facts.expiresAt : changes.expires_at,
      };
    }
    case 'memories-deleted':
      return facts && event.data.ids.includes(facts.id) ? undefined : facts;
  }
}

/** Ids of the memories that an event concerns. */
export function concernedIds(event: MemoryEvent): readonly string[] {
  return event.type === 'memories-deleted' ? event.data.ids : [event.data.id];
}
