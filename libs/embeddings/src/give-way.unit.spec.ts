import { expect, test } from 'vitest';
import { openGiveWay } from './give-way.js';

function setup() {
  let now = 1_000_000;
  const way = openGiveWay(() => now);
  return { way, after: (ms: number) => void (now += ms) };
}

test('code has run after run while nobody is served', () => {
  const { way, after } = setup();
  expect(way.waitMs()).toBe(0);
  after(40);
  way.ran(40);
  expect(way.waitMs()).toBe(0);
});

test('code waits until it was quiet for a quarter of a second', () => {
  const { way, after } = setup();
  way.ran(40);
  way.served();
  expect(way.waitMs()).toBe(250);
  after(200);
  expect(way.waitMs()).toBe(50);
  way.served();
  after(250);
  expect(way.waitMs()).toBe(0);
});

test('has a twenty-fifth of the time where it is never quiet', () => {
  const { way, after } = setup();
  let ranMs = 0;
  let passedMs = 0;
  for (; passedMs < 100_000; passedMs += 20) {
    way.served();
    if (way.waitMs() === 0) {
      after(40);
      way.ran(40);
      ranMs += 40;
      passedMs += 40;
    }
    after(20);
  }
  expect(ranMs / passedMs).toBeGreaterThan(0.03);
  expect(ranMs / passedMs).toBeLessThanOrEqual(0.04);
});

test('rests five seconds at most, however long a run took', () => {
  const { way, after } = setup();
  way.ran(60_000);
  for (let ms = 0; ms < 5_000; ms += 100) {
    way.served();
    expect(way.waitMs()).toBeGreaterThan(0);
    after(100);
  }
  way.served();
  expect(way.waitMs()).toBe(0);
});
