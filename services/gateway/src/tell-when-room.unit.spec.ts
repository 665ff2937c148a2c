import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openEventStream } from './event-stream.js';
import { tellWhenRoom } from './tell-when-room.js';

function setup() {
  const stream = openEventStream({ bufferBytes: 1_000, stallMs: 60_000, heartbeatMs: 60_000 });
  const told: string[] = [];
  return { stream, told, tell: tellWhenRoom(stream, (uri) => void told.push(uri)) };
}

test('tells at once while the stream has room', () => {
  const { stream, told, tell } = setup();
  for (const uri of ['a', 'b', 'a']) tell(uri);
  expect(told).toEqual(['a', 'b', 'a']);
  stream.end();
});

test('tells of each resource once, whatever happened to it, when the client has read', async () => {
  const { stream, told, tell } = setup();
  stream.write('x'.repeat(2_000));
  for (const uri of ['a', 'b', 'a', 'b', 'a']) tell(uri);
  await setImmediate();
  expect(told).toEqual([]);
  stream.body.resume();
  await setImmediate();
  expect(told).toEqual(['a', 'b']);
  tell('a');
  expect(told).toEqual(['a', 'b', 'a']);
  stream.end();
});

test('tells nothing more once the stream has ended', async () => {
  const { stream, told, tell } = setup();
  stream.write('x'.repeat(2_000));
  tell('a');
  stream.body.destroy();
  await setImmediate();
  expect(told).toEqual([]);
});
