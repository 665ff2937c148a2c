import { limit, newMemory, parseInput, type ErrorBody, type NewMemory } from '@memlane/contracts';

/** A memory of a `store_memories` call, with its place in the call. */
export interface IndexedMemory {
  readonly index: number;
  readonly memory: NewMemory;
}

export interface CheckedMemories {
  readonly valid: readonly IndexedMemory[];
  readonly refused: readonly { readonly index: number; readonly error: ErrorBody }[];
}

/** Checks each memory by itself, so that a bad one does not lose the others; the error names its place. */
export function checkMemories(memories: readonly unknown[]): CheckedMemories {
  const valid: IndexedMemory[] = [];
  const refused: { index: number; error: ErrorBody }[] = [];
  for (const [index, candidate] of memories.entries()) {
    const parsed = parseInput(newMemory, candidate);
    if (parsed.ok) valid.push({ index, memory: parsed.value });
    else refused.push({ index, error: { ...parsed.error, field: placeOf(index, parsed.error.field) } });
  }
  return { valid, refused };
}

function placeOf(index: number, field: string | undefined): string {
  return field === undefined || field === 'input' ? `memories[${index}]` : `memories[${index}].${field}`;
}

/** Cuts memories into commands of at most `command_bytes`, in order; a memory that is larger goes alone. */
export function cutMemories(items: readonly IndexedMemory[], maxBytes = limit('command_bytes')): IndexedMemory[][] {
  const parts: IndexedMemory[][] = [];
  let room = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1;
    const last = parts.at(-1);
    if (last && size <= room) {
      last.push(item);
      room -= size;
    } else {
      parts.push([item]);
      room = maxBytes - size;
    }
  }
  return parts;
}
