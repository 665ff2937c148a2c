import { expect, test } from 'vitest';
import { codeOf } from './code-of.js';

test.each([
  [Object.assign(new Error('no such file'), { code: 'ENOENT' }), 'ENOENT'],
  [Object.assign(new Error('of another kind'), { code: 7 }), undefined],
  [new Error('without'), undefined],
  [{ code: 'ENOENT' }, undefined],
  [undefined, undefined],
])('of %j is %j', (error, code) => {
  expect(codeOf(error)).toBe(code);
});
