import { live } from '@memlane/contracts';
import { expect, test, vi } from 'vitest';
import type { Admission } from './admit-operations.js';
import { tellServing } from './tell-serving.js';

function setup() {
  const told: string[] = [];
  const nc = { isClosed: () => false, publish: (subject: string) => void told.push(subject) };
  const admit = vi.fn<Admission['admit']>(async () => () => {});
  const inner: Admission = { admit, charge: vi.fn(), usageOf: vi.fn() };
  const world = { now: 0 };
  return { told, admit, world, admission: tellServing(nc, inner, () => world.now) };
}

const memory = { rate: 'memory_operations_per_minute', cost: 1 } as const;

test('tells of operations with memories, ten times a second at most, and lets all of them in', async () => {
  const { told, admit, world, admission } = setup();
  for (world.now = 0; world.now < 1_000; world.now += 10) await admission.admit('ann', memory);
  expect(told).toEqual(Array(10).fill(live.serving));
  expect(admit).toHaveBeenCalledTimes(100);
});

test('tells nothing of what is no operation with memories', async () => {
  const { told, admit, admission } = setup();
  await admission.admit('ann', { cost: 1 });
  expect(told).toEqual([]);
  expect(admit).toHaveBeenCalledOnce();
});
