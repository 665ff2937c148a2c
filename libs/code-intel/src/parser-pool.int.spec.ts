import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { openParserPool } from './parser-pool.js';
import type { ParserPool, SourceFile } from './types.js';

let pool: ParserPool | undefined;

afterEach(async () => {
  await pool?.close();
});

/** A thread that hangs on a file named `hang`, dies of one named `die`, and answers every other with its text. */
function startFragileThread(): Worker {
  return new Worker(
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', ({ path, text }) => {
       if (path === 'hang.py') for (;;);
       if (path === 'die.py') process.exit(1);
       if (path === 'throw.py') throw new Error('no');
       parentPort.postMessage({ language: text, chunks: [], symbols: [], references: [] });
     });`,
    { eval: true },
  );
}

describe('the parser pool', () => {
  it('parses in threads, more files than it has threads', async () => {
    pool = openParserPool({ workers: 2 });
    const parse = async (file: SourceFile) => pool?.parse(file);
    const files = Array.from({ length: 9 }, (_, n) => ({
      path: `m${n}.py`,
      text: `def f${n}():\n    return g(${n})\n`,
    }));
    const parsed = await Promise.all(files.map(async (file) => parse(file)));
    expect(parsed.map((file) => file?.symbols[0]?.name)).toEqual(files.map((_, n) => `f${n}`));
  });

  it.each([
    ['hang.py', 'timed-out'],
    ['die.py', 'crashed'],
    ['throw.py', 'crashed'],
  ])('takes %s as text with the reason %s, and goes on', async (path, reason) => {
    pool = openParserPool({ workers: 1, timeoutMs: 500, startThread: startFragileThread });
    const opened = pool;
    const [poisoned, next] = await Promise.all([
      opened.parse({ path, text: 'a\n\nb\n' }),
      opened.parse({ path: 'b.py', text: 'fine' }),
    ]);
    expect(poisoned).toMatchObject({ language: 'python', asText: reason, symbols: [] });
    expect(poisoned.chunks.map(({ text }) => text)).toEqual(['a\n\nb\n']);
    expect(next.language).toBe('fine');
  });

  it('blames no file but the one that a thread died of', async () => {
    pool = openParserPool({ workers: 1, startThread: startFragileThread });
    const opened = pool;
    const paths = ['a.py', 'b.py', 'throw.py', 'c.py', 'die.py', 'd.py', 'e.py'];
    const parsed = await Promise.all(paths.map(async (path) => opened.parse({ path, text: 'x' })));
    expect(parsed.map(({ asText }) => asText ?? 'fine')).toEqual(
      paths.map((path) => (/die|throw/.test(path) ? 'crashed' : 'fine')),
    );
  });

  it('ends a file whose syntax takes longer than it may', async () => {
    pool = openParserPool({ workers: 1, timeoutMs: 1 });
    const parsed = await pool.parse({ path: 'long.js', text: 'f(x);\n'.repeat(50_000) });
    expect(parsed.asText).toBe('timed-out');
    expect(parsed.chunks.at(-1)?.endLine).toBe(50_000);
  });

  it('rejects what it has in hand when it is closed, and what comes after', async () => {
    pool = openParserPool({ workers: 1, startThread: startFragileThread });
    const inHand = pool.parse({ path: 'hang.py', text: '' });
    const waiting = pool.parse({ path: 'b.py', text: '' });
    await Promise.all([
      expect(inHand).rejects.toThrow('closed'),
      expect(waiting).rejects.toThrow('closed'),
      pool.close(),
    ]);
    await expect(pool.parse({ path: 'c.py', text: '' })).rejects.toThrow('closed');
  });
});
