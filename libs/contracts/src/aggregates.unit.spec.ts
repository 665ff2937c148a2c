import { expect, test } from 'vitest';
import { aggregateOf, kindOfAggregate } from './aggregates.js';

test("a command of memories is decided on the owner's memory aggregate", () => {
  expect(aggregateOf({ type: 'store-memory', payload: { content: 'tea' } })).toBe('memory');
});

test.each([
  ['memory', 'memory'],
  ['account', 'account'],
  ['repo-1f0c', 'repo'],
  ['repo-a-b', 'repo'],
  ['memories', undefined],
  ['', undefined],
])('the aggregate %j is of kind %s', (aggregate, kind) => {
  expect(kindOfAggregate(aggregate)).toBe(kind);
});
