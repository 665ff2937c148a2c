import type { McpCaller } from './mcp-caller.js';

/** All memories of a user, page by page. @param ask calls `list_memories` */
export async function listMemories<Memory>(
  ask: (args: { readonly limit: number; readonly cursor?: unknown }) => Promise<Record<string, unknown>>,
): Promise<Memory[]> {
  const all: Memory[] = [];
  let cursor: unknown;
  do {
    const page = await ask({ limit: 100, ...(cursor ? { cursor } : {}) });
    all.push(...(page['memories'] as Memory[]));
    cursor = page['next_cursor'];
  } while (cursor);
  return all;
}

/** The contents of all memories of a user. */
export async function listContents(user: McpCaller): Promise<string[]> {
  const memories = await listMemories<{ readonly content: string }>((args) => user.must('list_memories', args));
  return memories.map(({ content }) => content);
}
