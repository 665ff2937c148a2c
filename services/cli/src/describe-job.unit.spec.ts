import type { JobView } from '@memlane/contracts';
import { expect, test } from 'vitest';
import { describeJob } from './describe-job.js';

const job: JobView = {
  id: '0123456789abcdef-1',
  repository_id: '0123456789abcdef',
  state: 'running',
  phase: 'recording',
  done: 200,
  total: 900,
  rate: 50,
  eta_seconds: 14,
};
const workOf = (changes: Partial<JobView>) =>
  describeJob('ann', { ...job, ...changes })
    .split('\t')
    .at(-1);

test('a job is one line: whose it is, how it is and how far', () => {
  expect(describeJob('ann', job)).toBe(
    '0123456789abcdef-1\tann\trunning\t-\t-\t-\trecording 200 of 900, 50/s, 14 s left',
  );
});

test.each<[Partial<JobView>, string]>([
  [{ phase: 'queued', state: 'queued', total: 0 }, 'queued'],
  [{ rate: 0, eta_seconds: null }, 'recording 200 of 900, 0/s'],
  [{ phase: 'ended', state: 'failed', reason: 'empty', message: 'no commit' }, 'empty: no commit'],
  [{ phase: 'ended', state: 'cancelled' }, '-'],
  [
    { phase: 'ended', state: 'done', commit: 'a'.repeat(40), added: 3, changed: 0, removed: 1 },
    'at aaaaaaaaaaaa, 3 added, 0 changed, 1 removed',
  ],
])('%j is told as %s', (changes, words) => {
  expect(workOf(changes)).toBe(words);
});
