import { describe, expect, it } from 'vitest';
import { codeUrisIn, parseCodeUri } from './code-uri.js';
import { limit } from './limits.js';

const at = { repository: 'shop', path: 'src/a b.ts' };

it.each([
  ['repo://shop/src/a%20b.ts', at],
  ['repo://shop/src/a b.ts', at],
  ['repo://shop/src/a%20b.ts#L10-L20', { ...at, startLine: 10, endLine: 20 }],
  ['repo://shop/src/a%20b.ts#L10', { ...at, startLine: 10, endLine: 10 }],
  ['repo://shop/src/a%20b.ts#Store.open', { ...at, symbol: 'Store.open' }],
])('reads %s', (uri, location) => {
  expect(parseCodeUri(uri)).toEqual(location);
});

it.each([
  ...['memory://x', 'repo://', 'repo://shop', 'repo://shop/', 'repo:///src/a.ts', 'repo://sh op/a.ts'],
  ...['repo://shop/../other/a.ts', 'repo://shop/%2e%2e/a.ts', 'repo://shop/src//a.ts', 'repo://shop/a%zz.ts'],
  ...['repo://shop/a.ts#L20-L10', `repo://shop/${'a'.repeat(1_025)}`, `repo://shop/a.ts#${'a'.repeat(257)}`],
  `repo://shop/${'%41'.repeat(1_000)}`,
])('takes %s for no place in code', (uri) => {
  expect(parseCodeUri(uri)).toBeUndefined();
});

describe('codeUrisIn', () => {
  it.each([
    ['See repo://shop/src/a.ts.', ['repo://shop/src/a.ts']],
    ['(repo://shop/a.ts#open, repo://shop/b.ts#L1-L9)', ['repo://shop/a.ts#open', 'repo://shop/b.ts#L1-L9']],
    ['[the store](repo://shop/a.ts) and `repo://shop/b.ts`', ['repo://shop/a.ts', 'repo://shop/b.ts']],
    [
      '**repo://shop/a.ts**: <repo://shop/b.ts>; "repo://shop/c.ts"?',
      ['a.ts', 'b.ts', 'c.ts'].map((f) => `repo://shop/${f}`),
    ],
    ['in repo://shop/app/(auth)/[id].tsx', ['repo://shop/app/(auth)/[id].tsx']],
    ['(see repo://shop/app/(auth)/page.tsx)', ['repo://shop/app/(auth)/page.tsx']],
    ['repo://shop/a.ts repo://shop/a.ts', ['repo://shop/a.ts']],
    ['repo:// repo://shop repo://shop/../a.ts myrepo://shop/a.ts memory://x', []],
  ])('finds in %s what names code', (text, uris) => {
    expect([...codeUrisIn(text).keys()]).toEqual(uris);
  });

  it('finds at most as many as one memory is found by, and is quick with what is none', () => {
    const many = Array.from({ length: 60 }, (_, i) => `repo://shop/${i}.ts`).join(' ');
    expect(codeUrisIn(many).size).toBe(limit('memory_code_links'));
    expect(codeUrisIn(`repo://shop/a${')'.repeat(1_000)} `.repeat(60)).size).toBe(1);
    expect(codeUrisIn(`repo://shop/${'a'.repeat(60_000)}`).size).toBe(0);
  });
});
