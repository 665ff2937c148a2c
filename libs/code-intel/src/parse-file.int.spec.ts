import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { limit } from '@memlane/contracts';
import { describe, expect, it } from 'vitest';
import { languages } from './languages.js';
import { openFileParser } from './parse-file.js';
import type { ParsedFile } from './types.js';

const parser = await openFileParser();
const extensions = languages.flatMap((language) => language.extensions[0] ?? []);

/** The law of chunks: every line once, in order, and no more than the limit unless it is one line. */
function expectToCover({ chunks, symbols, references }: ParsedFile, text: string): void {
  expect(chunks.map((chunk) => chunk.text).join('')).toBe(text);
  let line = 1;
  for (const chunk of chunks) {
    expect(chunk.startLine).toBe(line);
    expect(chunk.text.replace(/\n$/u, '').split('\n')).toHaveLength(chunk.endLine - chunk.startLine + 1);
    if (chunk.endLine > chunk.startLine) expect(chunk.text.length).toBeLessThanOrEqual(limit('code_chunk_chars'));
    line = chunk.endLine + 1;
  }
  expect(chunks.flatMap(({ defines }) => defines)).toEqual(symbols.map((_, index) => index));
  for (const { startLine, endLine } of symbols) {
    expect(startLine).toBeLessThanOrEqual(endLine);
    expect(endLine).toBeLessThan(Math.max(line, 2));
  }
  for (const { from } of references) if (from !== undefined) expect(symbols[from]).toBeDefined();
}

describe('parsing a file', () => {
  it('puts every line of any text into one chunk, in order', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '\n',
        '\n\n',
        '  ',
        '{',
        '}',
        'def f():\n',
        'function f() {\n',
        '# h\n',
        '"',
        '/*',
        'end\n',
        '\r\n',
        '\0',
      ),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom('x = 1;\n'.repeat(300), 'y'.repeat(2_000)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 40 }),
        fc.constantFrom(...extensions, 'none'),
        async (pieces, extension) => {
          const text = pieces.join('');
          expectToCover(await parser.parse({ path: `a.${extension}`, text }), text);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    'typescript/lib/lib.dom.d.ts',
    'web-tree-sitter/web-tree-sitter.js',
    'better-sqlite3/deps/sqlite3/sqlite3ext.h',
    'better-sqlite3/src/better_sqlite3.cpp',
    'zod/v4/core/schemas.js',
    'zod/README.md',
    'typescript/package.json',
  ])('cuts %s without losing a line', async (path) => {
    const text = readFileSync(new URL(`../../../node_modules/${path}`, import.meta.url), 'utf8');
    expectToCover(await parser.parse({ path, text }), text);
  });

  it('keeps a comment with what it documents, and says where a chunk lies', async () => {
    const method = (name: string) => `  /** Does ${name}. */\n  ${name}() {\n${'    work();\n'.repeat(60)}  }\n`;
    const text = `import x from 'y';\n\nexport class Big {\n${method('first')}${method('second')}}\n`;
    const { chunks } = await parser.parse({ path: 'big.ts', text });
    expect(
      chunks.map(({ breadcrumb, text: part }) => [breadcrumb.join(' > '), part.trimStart().split('\n')[0]]),
    ).toEqual([
      ['big.ts', "import x from 'y';"],
      ['big.ts > Big', 'export class Big {'],
      ['big.ts > Big > second', '/** Does second. */'],
    ]);
  });

  it.each([
    ['an empty file', ''],
    ['one line without an end', 'x'],
    ['only line ends', '\n\n\n'],
    ['deep brackets', '['.repeat(20_000)],
    ['a broken file', 'class { def ((( function } ] while'],
    ['half a surrogate pair', 'const a = "\ud83d";\n'],
  ])('parses %s', async (_, text) => {
    for (const extension of ['ts', 'py', 'c', 'md', 'txt'])
      expectToCover(await parser.parse({ path: `a.${extension}`, text }), text);
  });

  it('takes a file beyond the limit as text', async () => {
    const text = 'x = 1\n'.repeat(limit('code_parse_bytes') / 6 + 1);
    const parsed = await parser.parse({ path: 'a.py', text });
    expect(parsed.asText).toBe('too-large');
    expectToCover(parsed, text);
  });

  it('does the same every time', async () => {
    const file = { path: 'a.py', text: 'class A:\n    def b(self):\n        return c()\n' };
    expect(await parser.parse(file)).toEqual(await parser.parse(file));
  });

  it('keeps its memory over thousands of files', async () => {
    const file = { path: 'a.js', text: 'function f(a) { return g(a); }\n'.repeat(500) };
    for (let n = 0; n < 2_000; n += 1) await parser.parse({ ...file, text: n % 50 === 0 ? file.text : 'f();\n' });
    expect((await parser.parse(file)).asText).toBeUndefined();
  });
});
