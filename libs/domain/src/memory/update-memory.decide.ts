import { errorBody, type CommandPayload, type CommandResults, type EventOf } from '@memlane/contracts';
import type { Decision, DecisionContext } from '../decision.js';
import type { EnteredSpace } from '../sharing/enter-space.js';
import { hashContent, hashMetadata } from './fingerprints.js';
import { refusePastExpiry } from './new-memory-event.js';
import { refuseTags, tagsIn } from './within-space.js';
import { isExpired, type MemoryFacts, type MemoryFactsReader } from './state.js';

type Changes = EventOf<'memory-updated'>['data']['changes'];

/** Changes what is given and differs; an update that changes nothing makes no new version. */
export function decideUpdateMemory(
  facts: MemoryFactsReader,
  payload: CommandPayload<'update-memory'>,
  { now, space }: DecisionContext,
): Decision<CommandResults['update-memory']> {
  const memory = facts.byId(payload.id);
  if (!memory || isExpired(memory, now))
    return {
      kind: 'rejected',
      error: errorBody('MEMLANE_ERR_NOT_FOUND', 'id: there is no such memory', { field: 'id' }),
    };
  if (payload.expected_version !== undefined && payload.expected_version !== memory.version)
    return {
      kind: 'rejected',
      error: errorBody('MEMLANE_ERR_VERSION_CONFLICT', undefined, {
        field: 'expected_version',
        details: { current_version: memory.version },
      }),
    };
  const error = refusePastExpiry(payload.expires_at, now) ?? refuseTags(space, payload.tags, memory.tags);
  if (error) return { kind: 'rejected', error };

  const changes = findChanges(memory, payload, space);
  if (changes.content_hash !== undefined) {
    const other = facts.byContentHash(changes.content_hash, now);
    if (other && other.id !== memory.id)
      return {
        kind: 'rejected',
        error: errorBody('MEMLANE_ERR_DUPLICATE_CONTENT', undefined, { field: 'content', details: { id: other.id } }),
      };
  }
  if (Object.keys(changes).length === 0) return { kind: 'quiet', result: { id: memory.id, version: memory.version } };
  const version = memory.version + 1;
  return {
    kind: 'append',
    events: [{ type: 'memory-updated', data: { id: memory.id, version, changes } }],
    result: { id: memory.id, version },
  };
}

/** Content that differs in white space only is the same content. */
function findChanges(
  memory: MemoryFacts,
  payload: CommandPayload<'update-memory'>,
  space: EnteredSpace | undefined,
): Changes {
  const changes: Changes = {};
  if (payload.content !== undefined) {
    const hash = hashContent(payload.content);
    if (hash !== memory.contentHash) Object.assign(changes, { content: payload.content, content_hash: hash });
  }
  if (payload.type !== undefined && payload.type !== memory.type) changes.type = payload.type;
  if (payload.tags !== undefined) {
    const tags = tagsIn(space, payload.tags);
    if (tags.join('\u0000') !== memory.tags.join('\u0000')) changes.tags = tags;
  }
  if (payload.metadata !== undefined && hashMetadata(payload.metadata) !== memory.metadataHash)
    changes.metadata = payload.metadata;
  if (payload.expires_at !== undefined && payload.expires_at !== memory.expiresAt)
    changes.expires_at = payload.expires_at;
  return changes;
}
