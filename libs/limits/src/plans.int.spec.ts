import { presetPlans, plan, readEnv, type PlanTable } from '@memlane/contracts';
import { connectNats, openLog } from '@memlane/event-log';
import { startNatsServer, tempDir, type TestNatsServer } from '@memlane/testkit';
import type { NatsConnection } from '@nats-io/nats-core';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { assignPlan, openPlanBook, readPlanFile, readPlans, seedPlans, setPlans, type PlanBook } from './index.js';
import { openPlanBucket } from './stored-plans.js';

const two: PlanTable = {
  default_plan: 'small',
  plans: { small: plan.parse({ memory_operations_per_minute: 7 }), large: plan.parse({ stored_mb: 9_000 }) },
};

describe('plans', () => {
  let nats: TestNatsServer;
  let nc: NatsConnection;
  let book: PlanBook;
  const invalid = vi.fn();

  beforeAll(async () => {
    nats = await startNatsServer();
    nc = await connectNats(readEnv({ ...nats.env }), { name: 'test' });
    await openLog(nc, { partitions: 1, replicas: 1 });
    book = await openPlanBook(nc, { onInvalid: invalid });
  });
  afterAll(async () => {
    book.close();
    await nc.close();
    await nats.stop();
  });

  it('are the preset ones before any were set', async () => {
    expect(await readPlans(nc)).toEqual({ ...presetPlans, assigned: [] });
    expect(book.planOf('ann')).toEqual({ name: 'standard', plan: presetPlans.plans['standard'] });
  });

  it('are seeded once, and then stay', async () => {
    await seedPlans(nc, two);
    await seedPlans(nc, presetPlans);
    expect(await readPlans(nc)).toEqual({ ...two, assigned: [] });
    await vi.waitUntil(() => book.planOf('ann').name === 'small');
    expect(book.planOf('ann').plan.memory_operations_per_minute).toBe(7);
  });

  it('reach an open book when they are set, also for one user', async () => {
    await assignPlan(nc, 'ann', 'large');
    await vi.waitUntil(() => book.planOf('ann').name === 'large');
    expect(book.planOf('bob').name).toBe('small');
    await setPlans(nc, { ...two, default_plan: 'large' });
    await vi.waitUntil(() => book.planOf('bob').name === 'large');
    expect((await readPlans(nc)).assigned).toEqual([['ann', 'large']]);
  });

  it('refuse to lose a plan that somebody is on', async () => {
    const { small = plan.parse({}) } = two.plans;
    const gone = setPlans(nc, { default_plan: 'small', plans: { small } });
    await expect(gone).rejects.toMatchObject({ body: { code: 'MEMLANE_ERR_INVALID_INPUT', field: 'plans.large' } });
  });

  it('refuse to put somebody on a plan that there is not', async () => {
    await expect(assignPlan(nc, 'ann', 'huge')).rejects.toMatchObject({ body: { code: 'MEMLANE_ERR_NOT_FOUND' } });
    await expect(assignPlan(nc, 'ann', 'toString')).rejects.toMatchObject({ body: { code: 'MEMLANE_ERR_NOT_FOUND' } });
  });

  it('hold on when what is kept was broken by hand', async () => {
    await (await openPlanBucket(nc)).put('plans', '{"default_plan":"x"}');
    await vi.waitUntil(() => invalid.mock.calls.length > 0);
    expect(book.planOf('ann').plan.stored_mb).toBe(9_000);
  });

  it('are known again after nats-server was killed and came back', async () => {
    await nats.kill9();
    expect(book.planOf('ann').plan.stored_mb).toBe(9_000);
    await nats.restart();
    await vi.waitUntil(
      () =>
        setPlans(nc, two).then(
          () => true,
          () => false,
        ),
      { timeout: 20_000 },
    );
    await vi.waitUntil(() => book.planOf('bob').name === 'small', { timeout: 20_000 });
  });
});

describe('a file of plans', () => {
  const write = async (text: string) => {
    const path = join(await tempDir(), 'plans.json');
    await writeFile(path, text);
    return path;
  };

  it('is read with its presets filled in', async () => {
    const path = await write('{"default_plan":"a","plans":{"a":{}}}');
    expect((await readPlanFile(path)).plans['a']).toEqual(plan.parse({}));
  });

  it.each([
    ['{', 'file'],
    ['{"default_plan":"a","plans":{"a":{"stored_mb":"much"}}}', 'plans.a.stored_mb'],
    ['{"default_plan":"a","plans":{"A b":{}}}', 'plans.A b'],
  ])('%s is refused by the name of the field', async (text, field) => {
    const reading = readPlanFile(await write(text));
    await expect(reading).rejects.toMatchObject({ body: { code: 'MEMLANE_ERR_INVALID_INPUT', field } });
  });

  it('that is not there is refused', async () => {
    await expect(readPlanFile('/nowhere/plans.json')).rejects.toThrow('cannot be read (ENOENT)');
  });
});
