import { expect, it } from 'vitest';
import { parseCodeUri } from './code-uri.js';

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
