import { expect, test } from 'vitest';
import { isNewEnough, parseNatsVersion } from './nats-server.js';

test('the version is read from what the program says', () => {
  expect(parseNatsVersion('nats-server: v2.15.1\n')).toBe('2.15.1');
  expect(parseNatsVersion('nats-server: v2.12.0-RC.1')).toBe('2.12.0-RC.1');
  expect(parseNatsVersion('something else')).toBeUndefined();
});

test('a server before 2.11 is too old', () => {
  expect(['2.9.10', '2.10.29', '1.4.1'].map(isNewEnough)).toEqual([false, false, false]);
  expect(['2.11.0', '2.15.1', '3.0.0'].map(isNewEnough)).toEqual([true, true, true]);
});
