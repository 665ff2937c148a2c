import { plan } from '@memlane/contracts';
import { describe, expect, it } from 'vitest';
import { openStorageQuota } from './storage-quota.js';

const MB = 1_000_000;
const plans = { planOf: () => ({ name: 'small', plan: plan.parse({ stored_mb: 1 }) }) };

function setup(stored: number | (() => Promise<number>)) {
  const world = { stored, now: 1_000, asked: 0 };
  const quota = openStorageQuota(
    plans,
    async () => {
      world.asked += 1;
      return typeof world.stored === 'number' ? world.stored : world.stored();
    },
    () => world.now,
  );
  return { world, quota };
}

const refusal = { body: { code: 'MEMLANE_ERR_QUOTA_EXCEEDED', limit: 1, details: { limit_name: 'stored_mb' } } };

describe('the quota of stored bytes', () => {
  it('asks once, and adds what is accepted', async () => {
    const { world, quota } = setup(0.5 * MB);
    await quota.reserve('ann', 0.3 * MB);
    await quota.reserve('ann', 0.2 * MB);
    expect(world.asked).toBe(1);
    world.stored = MB;
    await expect(quota.reserve('ann', 1)).rejects.toMatchObject(refusal);
  });

  it('looks again before it refuses what there may be room for by now', async () => {
    const { world, quota } = setup(MB);
    await expect(quota.reserve('ann', 1)).rejects.toMatchObject(refusal);
    world.stored = 0;
    await quota.reserve('ann', 1);
    expect(world.asked).toBe(2);
  });

  it('looks again after a while, without making anybody wait, and keeps what is accepted meanwhile', async () => {
    const { world, quota } = setup(0);
    await quota.reserve('ann', 0.1 * MB);
    let answer = (_: number) => {};
    world.stored = () => new Promise<number>((resolve) => (answer = resolve));
    world.now += 10_001;
    await quota.reserve('ann', 0.1 * MB);
    await quota.reserve('ann', 0.1 * MB);
    answer(0.2 * MB);
    await new Promise((resolve) => setImmediate(resolve));
    // 0.2 that is stored, 0.1 that was accepted while that was asked for.
    world.stored = () => Promise.reject(new Error('not to be asked'));
    await quota.reserve('ann', 0.7 * MB);
    world.stored = MB;
    await expect(quota.reserve('ann', 1)).rejects.toMatchObject(refusal);
  });

  it('costs a call that brings nothing no question', async () => {
    const { world, quota } = setup(2 * MB);
    await quota.reserve('ann', 0);
    expect(world.asked).toBe(0);
  });

  it('lets stores through while the read model cannot be asked, and does not ask with each of them', async () => {
    const { world, quota } = setup(() => Promise.reject(new Error('away')));
    await quota.reserve('ann', 0.4 * MB);
    await quota.reserve('ann', 0.4 * MB);
    expect(world.asked).toBe(1);
  });

  it('does not hold a store up for a read model that does not answer', async () => {
    const { quota } = setup(() => new Promise(() => undefined));
    expect(await quota.reserve('ann', 5 * MB)).toBeUndefined();
  });
});
