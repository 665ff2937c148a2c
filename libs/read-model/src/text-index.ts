import { createHash } from 'node:crypto';
import { prepareOnce, type Db } from '@memlane/projection';
import { describeMemory, embeddingText, ownerToken, windowText } from '@memlane/search';

interface DescribedRow {
  readonly ord: number;
  readonly content: string;
  readonly metadata: string;
  readonly tags: string;
}

interface IndexedRow extends DescribedRow {
  readonly owner: number;
  readonly id: string;
  readonly conversation_id: string | null;
}

/** What is derived from a memory and its neighbours: the text index and the vector outbox. */
export interface TextIndex {
  /** The memory before and the one after in the same conversation, in log order. */
  neighbours(owner: number, conversationId: string | null, ord: number): readonly number[];
  /** Marks the memory for embedding when its embedding text has changed, as of this commit. */
  noteEmbedding(ord: number, seq: number): void;
  /** Marks a memory's vectors as to be removed. */
  noteRemoval(owner: number, id: string, seq: number): void;
  /** Brings the index entry of a memory up to date, or removes it when the memory is gone. */
  reindex(ord: number): void;
  /** The text to embed; `undefined` when the memory is gone. */
  embeddingTextOf(owner: number, id: string): string | undefined;
}

export function openTextIndex(db: Db): TextIndex {
  const columns = 'ord, owner, id, content, metadata, tags, conversation_id';
  const byOrd = prepareOnce<IndexedRow>(db, `SELECT ${columns} FROM memory WHERE ord = ?`);
  const byId = prepareOnce<IndexedRow>(db, `SELECT ${columns} FROM memory WHERE owner = ? AND id = ?`);
  const previous = openSibling(db, '<', 'DESC');
  const next = openSibling(db, '>', 'ASC');
  const windowOf = prepareOnce<{ window: string }>(db, 'SELECT window FROM memory_text WHERE rowid = ?');
  const insertText = prepareOnce(db, 'INSERT INTO memory_text (rowid, owner, window) VALUES (?, ?, ?)');
  const updateText = prepareOnce(db, 'UPDATE memory_text SET window = ? WHERE rowid = ?');
  const deleteText = prepareOnce(db, 'DELETE FROM memory_text WHERE rowid = ?');
  const upsertOutbox = prepareOnce(
    db,
    `INSERT INTO vector_outbox (owner, memory_id, seq, text_hash) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET seq = excluded.seq, text_hash = excluded.text_hash
     WHERE text_hash IS NOT excluded.text_hash`,
  );

  const before = (row: IndexedRow) => describe(neighbourOf(row, previous));
  const after = (row: IndexedRow) => describe(neighbourOf(row, next));
  const toEmbed = (row: IndexedRow) => embeddingText(before(row), describe(row));

  return {
    neighbours(owner, conversationId, ord) {
      if (conversationId === null) return [];
      return [previous.get(owner, conversationId, ord), next.get(owner, conversationId, ord)].flatMap((row) =>
        row ? [row.ord] : [],
      );
    },
    noteEmbedding(ord, seq) {
      const row = byOrd.get(ord);
      if (!row) return;
      const hash = createHash('sha256').update(toEmbed(row)).digest();
      upsertOutbox.run(row.owner, row.id, seq, hash);
    },
    noteRemoval(owner, id, seq) {
      upsertOutbox.run(owner, id, seq, null);
    },
    reindex(ord) {
      const row = byOrd.get(ord);
      if (!row) {
        deleteText.run(ord);
        return;
      }
      const window = windowText(before(row), describe(row), after(row));
      const indexed = windowOf.get(ord);
      if (indexed === undefined) insertText.run(ord, ownerToken(row.owner), window);
      else if (indexed.window !== window) updateText.run(window, ord);
    },
    embeddingTextOf(owner, id) {
      const row = byId.get(owner, id);
      return row && toEmbed(row);
    },
  };
}

function openSibling(db: Db, comparison: '<' | '>', order: 'ASC' | 'DESC') {
  return prepareOnce<DescribedRow>(
    db,
    `SELECT ord, content, metadata, tags FROM memory
     WHERE owner = ? AND conversation_id = ? AND ord ${comparison} ? ORDER BY ord ${order} LIMIT 1`,
  );
}

/**
 * The neighbour whose text helps to find a memory. Whoever may see the memory by one of its tags must be able to see the
 * neighbour too, or searching would tell what it says: it has all tags of the memory.
 */
function neighbourOf(row: IndexedRow, sibling: ReturnType<typeof openSibling>): DescribedRow | undefined {
  if (row.conversation_id === null) return undefined;
  const neighbour = sibling.get(row.owner, row.conversation_id, row.ord);
  if (!neighbour || row.tags === neighbour.tags || row.tags === '[]') return neighbour;
  const tags = new Set(JSON.parse(neighbour.tags) as string[]);
  return (JSON.parse(row.tags) as string[]).every((tag) => tags.has(tag)) ? neighbour : undefined;
}

function describe(row: DescribedRow): string;
function describe(row: DescribedRow | undefined): string | undefined;
function describe(row: DescribedRow | undefined): string | undefined {
  if (!row) return undefined;
  const metadata = row.metadata === '{}' ? {} : (JSON.parse(row.metadata) as Record<string, unknown>);
  return describeMemory({ content: row.content, metadata });
}
