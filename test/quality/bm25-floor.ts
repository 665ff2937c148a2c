import Database from 'better-sqlite3';

/** The floor of retrieval: FTS5's BM25 over the bare text, any word of the question, nothing tuned. */
export class Bm25Floor {
  readonly #db = new Database(':memory:');

  constructor(documents: readonly { readonly ref: string; readonly text: string }[]) {
    this.#db.exec("CREATE VIRTUAL TABLE doc USING fts5(ref UNINDEXED, text, tokenize = 'porter unicode61')");
    const insert = this.#db.prepare('INSERT INTO doc (ref, text) VALUES (?, ?)');
    this.#db.transaction(() => {
      for (const { ref, text } of documents) insert.run(ref, text);
    })();
  }

  /** References of the best 100, best first. */
  search(question: string): string[] {
    const words = question.match(/[\p{L}\p{N}]+/gu) ?? [];
    const match = words.map((word) => `"${word}"`).join(' OR ');
    if (match === '') return [];
    const find = this.#db.prepare('SELECT ref FROM doc WHERE doc MATCH ? ORDER BY bm25(doc) LIMIT 100');
    return find.all(match).map((row) => (row as { ref: string }).ref);
  }

  close(): void {
    this.#db.close();
  }
}
