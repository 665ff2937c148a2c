import { limit, tools, type ToolName } from '@memlane/contracts';
import type { OperationCost } from './admit-operations.js';

/**
 * What a call costs: a call of a memory tool is one operation, and `store_memories` one for each `command_bytes` of
 * content that is begun, about as many as the commands that it is cut into. Syncs cost something where they begin.
 *
 * @param contentBytes see {@link contentBytesOf}
 */
export function costOf(name: ToolName, contentBytes: number): OperationCost {
  if (!tools[name].scope.startsWith('memory:')) return { cost: 1 };
  return { rate: 'memory_operations_per_minute', cost: Math.max(1, Math.ceil(contentBytes / limit('command_bytes'))) };
}

/** UTF-8 size of the content that a call brings; 0 for a call that brings none. */
export function contentBytesOf(name: ToolName, input: unknown): number {
  return memoriesIn(name, input).reduce((sum, { content }) => sum + sizeOf(content), 0);
}

/** What a call adds to the stored bytes of its user, as far as its input says: all that it brings of memories. */
export function storedBytesOf(name: ToolName, input: unknown): number {
  return memoriesIn(name, input).reduce(
    (sum, { content, type, conversation_id: talk, tags, metadata }) =>
      sum + sizeOf(content) + sizeOf(type) + sizeOf(talk) + jsonSizeOf(tags) + jsonSizeOf(metadata),
    0,
  );
}

type Given = Readonly<Record<string, unknown>>;

function memoriesIn(name: ToolName, input: unknown): readonly Given[] {
  if (name === 'store_memory' || name === 'update_memory') return [input as Given];
  return name === 'store_memories' ? (input as { readonly memories: readonly Given[] }).memories : [];
}

/** What is no text is refused later, by its place. */
function sizeOf(text: unknown): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : 0;
}

function jsonSizeOf(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
