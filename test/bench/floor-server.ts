import Database from 'better-sqlite3';
import Fastify from 'fastify';

/**
 * The floor: what "Fastify + one SQLite file" gives on this machine, with no users, no log, no MCP and no vectors.
 * `POST /store` inserts into a table and its FTS5 index, `POST /search` is an FTS5 search.
 */
const file = process.argv[2];
if (!file) throw new Error('usage: floor-server <file>');
const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`CREATE TABLE memory (id INTEGER PRIMARY KEY, content TEXT NOT NULL, created_at TEXT NOT NULL);
         CREATE VIRTUAL TABLE memory_fts USING fts5(content, tokenize = 'porter unicode61');`);
const insert = db.prepare('INSERT INTO memory (content, created_at) VALUES (?, ?)');
const index = db.prepare('INSERT INTO memory_fts (rowid, content) VALUES (?, ?)');
const find = db.prepare(
  'SELECT rowid, content FROM memory_fts WHERE memory_fts MATCH ? ORDER BY bm25(memory_fts) LIMIT 10',
);
const store = db.transaction((content: string) => {
  const { lastInsertRowid } = insert.run(content, new Date().toISOString());
  index.run(lastInsertRowid, content);
  return Number(lastInsertRowid);
});

const app = Fastify();
app.post<{ Body: { content: string } }>('/store', (request) => ({ id: store(request.body.content) }));
app.post<{ Body: { query: string } }>('/search', (request) => {
  const words = request.body.query.match(/[\p{L}\p{N}]+/gu) ?? [];
  return { memories: find.all(words.map((word) => `"${word}"`).join(' OR ')) };
});
await app.listen({ host: '127.0.0.1', port: 0 });
const address = app.server.address();
process.send?.({ port: typeof address === 'object' && address ? address.port : 0 });
process.on('disconnect', () => process.exit(0));
