import { setTimeout } from 'node:timers/promises';
import type { McpCaller } from './mcp-caller.js';

const PAUSE_MS = 500;

/** Memories of a user whose vectors are not computed yet. @param position of a write that counts as well */
export async function countPendingVectors(caller: McpCaller, position?: unknown): Promise<number> {
  const { health } = await caller.must('memory_overview', position === undefined ? {} : { position });
  return (health as { readonly vectors_pending: number }).vectors_pending;
}

/** Returns when every memory of a user has its vectors. */
export async function waitForVectors(caller: McpCaller, position?: unknown): Promise<void> {
  while ((await countPendingVectors(caller, position)) > 0) await setTimeout(PAUSE_MS);
}
