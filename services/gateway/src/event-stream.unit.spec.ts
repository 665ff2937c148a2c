import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { openEventStream } from './event-stream.js';

const bounds = { bufferBytes: 50_000, stallMs: 60_000, heartbeatMs: 60_000 };
const kilobyte = 'x'.repeat(1_000);

test('passes on what is written, in order, and ends after it', async () => {
  const { body, write, end, ended } = openEventStream(bounds);
  write('one ');
  write('two');
  end();
  write('too late');
  expect(ended.aborted).toBe(true);
  expect(Buffer.concat(await body.toArray()).toString()).toBe('one two');
});

test('cuts off a client that leaves more unread than the bound, and takes nothing more', async () => {
  const { body, write, ended } = openEventStream(bounds);
  for (let i = 0; i < 51; i += 1) write(kilobyte);
  expect(ended.aborted).toBe(false);
  expect(body.readableLength).toBe(51_000);
  write(kilobyte);
  await setImmediate();
  expect(ended.aborted).toBe(true);
  expect(body.destroyed).toBe(true);
});

test('lets one large event through to a client that reads', async () => {
  const { body, write, ended } = openEventStream(bounds);
  write('x'.repeat(200_000));
  expect(ended.aborted).toBe(false);
  expect((body.read() as Buffer).length).toBe(200_000);
  write('next');
  await setImmediate();
  expect(ended.aborted).toBe(false);
});

test('cuts off a client that does not go on reading for too long', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
  const { body, write, ended } = openEventStream({ ...bounds, heartbeatMs: 15_000 });
  write(kilobyte);
  vi.advanceTimersByTime(60_000);
  expect(body.destroyed).toBe(false);
  vi.advanceTimersByTime(15_000);
  vi.useRealTimers();
  await setImmediate();
  expect(body.destroyed).toBe(true);
  expect(ended.aborted).toBe(true);
});

test('sends comments while nothing happens', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { body, end } = openEventStream({ ...bounds, heartbeatMs: 15_000 });
  vi.advanceTimersByTime(30_000);
  expect(String(body.read())).toBe(':\n\n:\n\n');
  end();
  vi.useRealTimers();
});

test('says when a client has read what it was sent, or has gone', async () => {
  const { body, write, drained } = openEventStream(bounds);
  write('x'.repeat(100_000));
  let isDrained = false;
  const waiting = drained().then(() => (isDrained = true));
  await setImmediate();
  expect(isDrained).toBe(false);
  body.resume();
  await waiting;
  body.pause();
  write('x'.repeat(100_000));
  const left = drained();
  body.destroy();
  await left;
});
