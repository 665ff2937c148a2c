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

test('has room for less than the bound, and one large event more', async () => {
  const { body, write, hasRoom, ended } = openEventStream(bounds);
  for (let i = 0; i < 49; i += 1) write(kilobyte);
  expect(hasRoom()).toBe(true);
  write('x'.repeat(200_000));
  expect(hasRoom()).toBe(false);
  expect((body.read() as Buffer).length).toBe(249_000);
  expect(hasRoom()).toBe(true);
  await setImmediate();
  expect(ended.aborted).toBe(false);
});

test('ends when its client reads nothing for too long, and sends it no comments meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
  const { body, write, ended } = openEventStream({ ...bounds, heartbeatMs: 15_000 });
  write(kilobyte);
  vi.advanceTimersByTime(75_000);
  expect(body.destroyed).toBe(false);
  expect(body.readableLength).toBe(1_000);
  vi.advanceTimersByTime(15_000);
  vi.useRealTimers();
  await setImmediate();
  expect(body.destroyed).toBe(true);
  expect(ended.aborted).toBe(true);
});

test('stays open for a client that reads a little now and then', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
  const { body, write, ended, end } = openEventStream({ ...bounds, heartbeatMs: 15_000 });
  write('x'.repeat(49_000));
  for (let n = 0; n < 10; n += 1) {
    body.read(10);
    vi.advanceTimersByTime(60_000);
  }
  expect(body.readableLength).toBe(48_900);
  expect(ended.aborted).toBe(false);
  end();
  vi.useRealTimers();
});

test('sends comments while nothing happens', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { body, end } = openEventStream({ ...bounds, heartbeatMs: 15_000 });
  for (let n = 0; n < 3; n += 1) {
    vi.advanceTimersByTime(15_000);
    expect(String(body.read())).toBe(':\n\n');
  }
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
