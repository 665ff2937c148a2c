import { expect, test } from 'vitest';
import { describeStatus } from './describe-status.js';

test.each([
  ['query', undefined, 'no answer'],
  ['query', { service: 'query', generation: 1, in_flight: 0 }, 'ok'],
  ['command-handler', { partitions: 16, handled: 3 }, 'ok'],
  ['gateway', { ready: false, reasons: ['query does not answer'] }, 'answers, but query does not answer'],
  ['memory-projector', { partitions: [{ pending: 0 }, { pending: 0 }] }, 'ok, up to date'],
  ['code-projector', { partitions: [{ pending: 1_200 }, { pending: 34 }] }, '1,234 commits behind'],
  ['embedder', { embeddings: 'off' }, 'no model: text search only'],
  ['repo-worker', { running: 2, ended: 7 }, 'ok, 2 syncs running'],
  ['vector-projector', { chroma: 'ok', partitions: [{}], code: [{ pending: 0 }] }, 'ok, up to date'],
  [
    'vector-projector',
    { chroma: 'away', partitions: [{ pending: 3 }], code: [{ pending: 20 }] },
    '3 memories wait for vectors, 20 pieces of code wait for vectors; chroma is away',
  ],
])('of %s that answers %j', (service, answer, told) => {
  expect(describeStatus(service, answer && JSON.stringify(answer))).toBe(told);
});

test('tells what is of no known shape as it is', () => {
  expect(describeStatus('query', 'unavailable')).toBe('unavailable');
});
