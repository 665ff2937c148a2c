import { listMemories } from '../support/list-memories.js';
import type { McpCaller } from '../support/mcp-caller.js';

/** What one user was told that it has: the truth of the final check. */
export class UserMemories {
  readonly #contents = new Map<string, string>();
  readonly #deleted = new Set<string>();
  /** Writes whose outcome nobody knows: either is right. */
  readonly #unsure = new Set<string>();

  stored(id: string, content: string): void {
    this.#contents.set(id, content);
  }

  /** Any memory that is there, to be changed. */
  pick(random: number): string | undefined {
    const ids = [...this.#contents.keys()];
    return ids[Math.floor(random * ids.length)];
  }

  /** Takes a memory out of what may be picked, until its write is known. */
  take(id: string): void {
    this.#contents.delete(id);
    this.#unsure.add(id);
  }

  updated(id: string, content: string): void {
    this.#unsure.delete(id);
    this.#contents.set(id, content);
  }

  deleted(id: string): void {
    this.#unsure.delete(id);
    this.#deleted.add(id);
  }

  /** Reads everything of the user and counts what differs from what was acknowledged. */
  async countDifferences(caller: McpCaller): Promise<{ checked: number; wrong: number }> {
    const memories = await listMemories<{ readonly id: string; readonly content: string }>((args) =>
      caller.must('list_memories', args),
    );
    const found = new Map(memories.map(({ id, content }) => [id, content]));
    const missing = [...this.#contents].filter(([id, content]) => found.get(id) !== content);
    const back = [...this.#deleted].filter((id) => found.has(id));
    return { checked: this.#contents.size + this.#deleted.size, wrong: missing.length + back.length };
  }
}
