import type { Db } from '@memlane/projection';
import { readVectorOutbox, type OutboxRow } from '@memlane/read-model';
import type { PendingMemory } from '@memlane/vector-store';

const ROWS_PER_READ = 128;

export interface PendingText extends PendingMemory {
  readonly text: string;
}

/**
 * The texts of waiting memories. Left out is what has changed since it was taken in: the outbox has it further on, and
 * it is taken in again from there.
 */
export function readTexts(readModel: Db, wanted: readonly PendingMemory[]): PendingText[] {
  const bySeq = [...wanted].sort((a, b) => a.seq - b.seq);
  const found: PendingText[] = [];
  for (let next = bySeq[0]; next !== undefined;) {
    const rows = readVectorOutbox(readModel, { afterSeq: next.seq - 1, limit: ROWS_PER_READ });
    const texts = new Map(rows.map((row) => [keyOf(row), row]));
    // Rows of one commit are never cut apart, so everything up to the last one is known now.
    const end = rows.at(-1)?.seq ?? Number.MAX_SAFE_INTEGER;
    for (const memory of bySeq) {
      const row = memory.seq >= next.seq && memory.seq <= end ? texts.get(keyOf(memory)) : undefined;
      if (row?.text !== undefined && row.seq === memory.seq) found.push({ ...memory, text: row.text });
    }
    next = bySeq.find(({ seq }) => seq > end);
  }
  return found;
}

function keyOf({ owner, memoryId }: Pick<OutboxRow, 'owner' | 'memoryId'>): string {
  return `${owner} ${memoryId}`;
}
