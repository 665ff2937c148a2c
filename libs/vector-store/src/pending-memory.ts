/** A memory whose text waits to be embedded. */
export interface PendingMemory {
  readonly owner: string;
  readonly memoryId: string;
  readonly seq: number;
}
