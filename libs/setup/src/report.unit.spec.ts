import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { formatBytes, reportWhile } from './report.js';

let lines: string[];

beforeEach(() => {
  lines = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work that takes so long, and how far it is. */
const workFor = (ms: number, detail?: () => string) =>
  reportWhile(
    (line) => void lines.push(line),
    'downloading part',
    () => new Promise((done) => setTimeout(done, ms)),
    detail,
  );

test('progress is reported after a second, not before, and every other second from then on', async () => {
  const work = workFor(4_500);
  await vi.advanceTimersByTimeAsync(999);
  expect(lines).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(lines).toEqual(['  downloading part: 1 s']);
  await vi.advanceTimersByTimeAsync(3_500);
  await work;
  expect(lines).toEqual(['  downloading part: 1 s', '  downloading part: 3 s']);
});

test('what takes less than a second is worth no word, and no word follows the end', async () => {
  const work = workFor(900);
  await vi.advanceTimersByTimeAsync(900);
  await work;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines).toEqual([]);
});

test('no word follows a failure, which is the error of the work', async () => {
  const failing = async () => {
    await new Promise((done) => setTimeout(done, 1_200));
    throw new Error('no route');
  };
  const work = expect(reportWhile((line) => void lines.push(line), 'downloading part', failing)).rejects.toThrow(
    'no route',
  );
  await vi.advanceTimersByTimeAsync(10_000);
  await work;
  expect(lines).toHaveLength(1);
});

test('progress tells how far the work is at that moment', async () => {
  let received = 0;
  const work = workFor(3_500, () => `${formatBytes(received)} of 23.4 MB`);
  received = 950;
  await vi.advanceTimersByTimeAsync(1_000);
  received = 7_200_000;
  await vi.advanceTimersByTimeAsync(2_500);
  await work;
  expect(lines).toEqual(['  downloading part: 1 s, 950 B of 23.4 MB', '  downloading part: 3 s, 7.2 MB of 23.4 MB']);
});
