import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { languages } from './languages.js';
import { openFileParser } from './parse-file.js';
import type { ParsedFile } from './types.js';

const folder = new URL('../golden/', import.meta.url);
const samples = readdirSync(folder).filter((name) => name.endsWith('.sample'));
const parser = await openFileParser();

test.each(samples)('finds what %s defines and refers to', async (sample) => {
  const language = sample.replace('.sample', '');
  const extension = languages.find(({ name }) => name === language)?.extensions[0] ?? '';
  const text = readFileSync(new URL(sample, folder), 'utf8');
  const parsed = await parser.parse({ path: `src/sample.${extension}`, text });
  expect(parsed.chunks.map((chunk) => chunk.text).join('')).toBe(text);
  await expect(render(parsed)).toMatchFileSnapshot(`../golden/${language}.expected`);
});

test('every language with a grammar has a sample', () => {
  const withGrammar = languages.filter(({ grammar }) => grammar !== undefined).map(({ name }) => `${name}.sample`);
  expect(samples.toSorted()).toEqual(withGrammar.toSorted());
});

function render({ language, symbols, references, asText }: ParsedFile): string {
  return [
    `${language}${asText === undefined ? '' : ` as text: ${asText}`}`,
    ...symbols.map(({ name, kind, signature, startLine, endLine, container, doc, exported }) =>
      [
        `${startLine}-${endLine} ${kind} ${container === undefined ? '' : `${container}.`}${name}${exported ? '' : ' (kept inside)'}`,
        `    ${signature}`,
        ...(doc === undefined ? [] : [`    "${doc.replaceAll('\n', ' / ')}"`]),
      ].join('\n'),
    ),
    '',
    ...references.map(({ kind, name, line, from, module, alias, receiver }) => {
      const where = from === undefined ? '' : ` in ${symbols[from]?.name ?? '?'}`;
      return `${line} ${kind} ${name}${module === undefined ? '' : ` of ${module}`}${alias === undefined ? '' : ` as ${alias}`}${receiver === undefined ? '' : ` through ${receiver || 'something'}`}${where}`;
    }),
    '',
  ].join('\n');
}
