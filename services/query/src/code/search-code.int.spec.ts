import { prepareCodeIndex } from '@memlane/code-index';
import { codeQueries } from '@memlane/contracts';
import { openWriterDb, type Db } from '@memlane/projection';
import { afterEach, expect, it } from 'vitest';
import type { CodeQueryContext } from './code-context.js';
import { searchCode } from './search-code.js';

const CHUNKS_PER_BLOB = 8_192;

const opened: Db[] = [];

afterEach(() => {
  for (const db of opened.splice(0)) db.close();
});

/** An index of files of one line, their contents numbered as given. */
function indexOf(files: readonly (readonly [path: string, blob: number, text: string])[]): Db {
  const db = openWriterDb(':memory:');
  opened.push(db);
  prepareCodeIndex(db);
  db.exec(`
    INSERT INTO owner (key, owner, seq) VALUES (1, 'ann', 1);
    INSERT INTO repository (key, owner, id, name, source, job_id, state, commit_id)
      VALUES (1, 1, 'app', 'app', '/app', 'job', 'ready', 'c0ffee')`);
  for (const [path, blob, text] of files) {
    const key = blob * CHUNKS_PER_BLOB;
    db.prepare(
      `INSERT INTO blob (key, owner, sha256, variant, language, chunks, symbols, path_words)
       VALUES (?, 1, ?, '', 'text', 1, 0, '')`,
    ).run(blob, String(blob));
    db.prepare("INSERT INTO file (repository, path, blob, redacted, changed_at) VALUES (1, ?, ?, 0, '')").run(
      path,
      blob,
    );
    db.prepare("INSERT INTO chunk VALUES (?, 1, 1, NULL, '', '[]', ?)").run(key, text);
    db.prepare("INSERT INTO chunk_text (rowid, owner, path, names, body) VALUES (?, 'o1', '', '', ?)").run(key, text);
  }
  return db;
}

it('searches the file that a rebuild has put in the place of the one it began with', async () => {
  // A rebuild numbers contents anew.
  let db = indexOf([['token.txt', 1, 'reads a token']]);
  const rebuilt = indexOf([
    ['other.txt', 1, 'something else'],
    ['token.txt', 2, 'reads a token'],
  ]);
  const context = {
    models: { db: () => db },
    vectors: {
      ask: () =>
        Promise.resolve(() => {
          db.close();
          db = rebuilt;
          return Promise.resolve({ state: 'ok', keys: [] });
        }),
    },
  } as unknown as CodeQueryContext;
  const standing = { partition: 0, seq: 1, position: '1', behind: 0, wanted: 0, current: true };
  const input = codeQueries['search-code'].input.parse({ query: 'token' });
  const { hits } = await searchCode(context, { owner: 'ann', input, standing });
  expect(hits.map(({ path }) => path)).toEqual(['token.txt']);
});
