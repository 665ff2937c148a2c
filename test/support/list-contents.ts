import type { McpCaller } from './mcp-caller.js';

/** The contents of all memories of a user, page by page. */
export async function listContents(user: McpCaller): Promise<string[]> {
  const contents: string[] = [];
  let cursor: unknown;
  do {
    const page = await user.must('list_memories', { limit: 100, ...(cursor ? { cursor } : {}) });
    contents.push(...(page['memories'] as { content: string }[]).map(({ content }) => content));
    cursor = page['next_cursor'];
  } while (cursor);
  return contents;
}
