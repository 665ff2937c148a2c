import { expect, test } from 'vitest';
import { openOwnWriteWait } from './own-write-wait.js';

test('searches wait until one has waited for nothing, then one tries now and then', () => {
  let ms = 0;
  const wait = openOwnWriteWait(() => ms);
  expect([wait.isWorthIt(), wait.isWorthIt()]).toEqual([true, true]);
  wait.settle(false);
  expect(wait.isWorthIt()).toBe(false);
  ms = 999;
  expect(wait.isWorthIt()).toBe(false);
  ms = 1_000;
  expect([wait.isWorthIt(), wait.isWorthIt()]).toEqual([true, false]);
  wait.settle(false);
  ms = 1_999;
  expect(wait.isWorthIt()).toBe(false);
});

test('all wait again as soon as one has waited for something', () => {
  let ms = 0;
  const wait = openOwnWriteWait(() => ms);
  wait.settle(false);
  ms = 1_000;
  expect(wait.isWorthIt()).toBe(true);
  wait.settle(true);
  expect([wait.isWorthIt(), wait.isWorthIt()]).toEqual([true, true]);
});
