import type { JobProgress } from '@memlane/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countSteps } from './count-steps.js';

const job: JobProgress = { id: 'x', state: 'running', phase: 'queued', done: 0, total: 0, rate: 0, eta_seconds: null };

test('the phases of a job are counted through as one, each with what it counts', () => {
  const stepOf = countSteps();
  expect(stepOf(job)).toEqual({ progress: 0, total: 100, message: 'queued' });
  expect(stepOf({ ...job, phase: 'fetching', done: 5, total: 10 })).toMatchObject({ progress: 10 });
  const recording = { ...job, phase: 'recording', done: 200, total: 400, rate: 50, eta_seconds: 4 } as const;
  expect(stepOf(recording)).toEqual({
    progress: 57,
    total: 100,
    message: 'recording 200 of 400, 50 a second, 4 s left',
  });
  expect(stepOf({ ...job, phase: 'ended', state: 'done', done: 400, total: 400 })).toMatchObject({ progress: 100 });
});

const progresses = fc.array(
  fc.record({
    phase: fc.constantFrom('queued', 'fetching', 'recording', 'completing', 'ended'),
    done: fc.nat(500),
    total: fc.nat(400),
  }),
);

test('progress grows with every notification, also of a job that is taken up again', () => {
  fc.assert(
    fc.property(progresses, (list) => {
      const stepOf = countSteps();
      const told = list.flatMap((part) => stepOf({ ...job, ...part })?.progress ?? []);
      for (const [n, progress] of told.entries()) {
        expect(progress).toBeGreaterThan(told[n - 1] ?? -1);
        expect(progress).toBeLessThanOrEqual(100);
      }
    }),
  );
});
