import { limit, tools, type ToolName } from '@memlane/contracts';
import type { OperationCost } from './admit-operations.js';

/**
 * What a call costs: a call of a memory tool is one operation, and `store_memories` one for each `command_bytes` of
 * content that is begun, about as many as the commands that it is cut into.
 *
 * @param contentBytes see {@link contentBytesOf}
 */
export function costOf(name: ToolName, contentBytes: number): OperationCost {
  if (name === 'sync_repository') return { rate: 'syncs_per_hour', cost: 1 };
  if (!tools[name].scope.startsWith('memory:')) return { cost: 1 };
  return { rate: 'memory_operations_per_minute', cost: Math.max(1, Math.ceil(contentBytes / limit('command_bytes'))) };
}

/** UTF-8 size of the content that a call brings; 0 for a call that brings none. */
export function contentBytesOf(name: ToolName, input: unknown): number {
  const given = input as { readonly content?: unknown; readonly memories?: readonly { readonly content?: unknown }[] };
  if (name === 'store_memory' || name === 'update_memory') return sizeOf(given.content);
  if (name !== 'store_memories') return 0;
  return (given.memories ?? []).reduce((sum, { content }) => sum + sizeOf(content), 0);
}

/** What is no text is refused later, by its place. */
function sizeOf(content: unknown): number {
  return typeof content === 'string' ? Buffer.byteLength(content) : 0;
}
