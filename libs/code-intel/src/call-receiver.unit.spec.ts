import { expect, it } from 'vitest';
import { callReceiver } from './call-receiver.js';
import { exportsAll } from './rules/language-rules.js';

const rules = { query: '', isExported: exportsAll };

function receiverIn(text: string, more = {}): string | undefined {
  return callReceiver(text, text.lastIndexOf('call'), { ...rules, ...more });
}

it.each([
  ['return call()', undefined],
  ['[...call()]', undefined],
  ['0..call()', undefined],
  ['store.call()', 'store'],
  ['(store?.call())', 'store'],
  ['!store.call()', 'store'],
  ['Store::call()', 'Store'],
  ['crate::store::call()', 'crate::store'],
  ['$this->call()', '$this'],
  ['pkg.store.call()', 'pkg.store'],
  ['work()\n  .call()', ''],
  ['stores[0].call()', ''],
  ['"text".call()', ''],
  ['open().store.call()', ''],
  [`${'very.'.repeat(40)}call()`, ''],
])('finds what %j calls through', (text, receiver) => {
  expect(receiverIn(text)).toBe(receiver);
});

it('takes no member of what a dot joins to a string', () => {
  expect(receiverIn("'a'.call()", { dotJoinsStrings: true })).toBeUndefined();
  expect(receiverIn('$store->call()', { dotJoinsStrings: true })).toBe('$store');
});
