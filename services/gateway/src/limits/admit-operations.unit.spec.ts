import { limit, MemlaneError, plan } from '@memlane/contracts';
import { describe, expect, it } from 'vitest';
import { openAdmission, type OperationCost } from './admit-operations.js';
import { openUseLedger } from './use-ledger.js';

const operation: OperationCost = { rate: 'memory_operations_per_minute', cost: 1 };

/** An admission in a world whose clock stands still, except where it waits. */
function setup(limits: Parameters<typeof plan.parse>[0], gateways = 1) {
  const world = { now: 0, waited: [] as number[], random: 0.5 };
  const shared = {
    ledger: openUseLedger(() => gateways - 1),
    now: () => world.now,
    gateways: () => gateways,
    touch: () => undefined,
    close: () => undefined,
  };
  const planOf = () => ({ name: 'test', plan: plan.parse(limits) });
  const wait = async (ms: number) => {
    world.waited.push(ms);
    world.now += ms;
  };
  const admission = openAdmission({ planOf }, shared, { wait, random: () => world.random });
  const refusalOf = (owner: string) =>
    admission.admit(owner, operation).then(
      () => undefined,
      (error: unknown) => (error instanceof MemlaneError ? error.body : undefined),
    );
  return { world, admission, refusalOf };
}

describe('admission', () => {
  it('names the limit, its state and when to come again', async () => {
    const { admission, refusalOf } = setup({ memory_operations_per_minute: 2 });
    (await admission.admit('ann', operation))();
    (await admission.admit('ann', operation))();
    expect(await refusalOf('ann')).toEqual({
      code: 'MEMLANE_ERR_RATE_LIMITED',
      message: 'the plan test allows 2 in 60 seconds',
      retryable: true,
      limit: 2,
      retry_after_seconds: 61,
      details: { limit_name: 'memory_operations_per_minute', used: 2, window_seconds: 60, plan: 'test' },
    });
    expect(await refusalOf('bob')).toBeUndefined();
  });

  it('gives the place back that an operation had that came too late for the rate', async () => {
    const { admission } = setup({ memory_operations_per_minute: 1, operations_in_flight: 1 });
    const leave = await admission.admit('ann', operation);
    const waiting = admission.admit('ann', operation);
    leave();
    await expect(waiting).rejects.toMatchObject({ body: { code: 'MEMLANE_ERR_RATE_LIMITED' } });
    expect(admission.usageOf('ann').inFlight).toEqual({ used: 0, limit: 1 });
  });

  it('takes what something costs that may turn out not to begin, and gives it back then', async () => {
    const { admission } = setup({ syncs_per_hour: 1 });
    const sync = { rate: 'syncs_per_hour', cost: 1 } as const;
    const giveBack = await admission.charge('ann', sync);
    await expect(admission.charge('ann', sync)).rejects.toMatchObject({
      body: { code: 'MEMLANE_ERR_RATE_LIMITED', details: { limit_name: 'syncs_per_hour', used: 1 } },
    });
    giveBack();
    expect(admission.usageOf('ann').rates.syncs_per_hour).toMatchObject({ used: 0, resetSeconds: 0 });
    await admission.charge('ann', sync);
    expect(admission.usageOf('ann').rates.syncs_per_hour.used).toBe(1);
  });

  it('holds back the refusals of who does not heed them, until something is allowed again', async () => {
    const { world, admission, refusalOf } = setup({ memory_operations_per_minute: 1 });
    (await admission.admit('ann', operation))();
    const atOnce = limit('refusals_at_once');
    for (let n = 0; n < atOnce; n += 1) expect(await refusalOf('ann')).toBeDefined();
    for (world.random of [0, 0.5, 0.75]) expect(await refusalOf('ann')).toBeDefined();
    expect(world.waited).toEqual([500, 1_000, 1_250]);
    world.now += 61_000;
    expect(await refusalOf('ann')).toBeUndefined();
    expect(await refusalOf('ann')).toBeDefined();
    expect(world.waited).toHaveLength(3);
  });

  it('holds back the refusals of who goes on though too many operations wait', async () => {
    const { world, admission, refusalOf } = setup({ operations_in_flight: 1 });
    const leave = await admission.admit('ann', operation);
    const waiting = Array.from({ length: limit('operations_waiting_per_user') }, () =>
      admission.admit('ann', operation).then((leaveNext) => leaveNext()),
    );
    for (let n = 0; n < limit('refusals_at_once'); n += 1) expect(await refusalOf('ann')).toBeDefined();
    expect(world.waited).toEqual([]);
    expect(await refusalOf('ann')).toMatchObject({ details: { limit_name: 'operations_in_flight' } });
    expect(world.waited).toEqual([1_000]);
    leave();
    await Promise.allSettled(waiting);
  });

  it('waits until the other gateways have heard, and then goes on', async () => {
    const { world, admission } = setup({ memory_operations_per_minute: 10 }, 2);
    for (let n = 0; n < 3; n += 1) (await admission.admit('ann', operation))();
    expect(world.waited).toEqual([25, 25]);
  });

  it('gives each gateway its share of the places of a user, and one at least', async () => {
    const { admission } = setup({ operations_in_flight: 5 }, 2);
    await admission.admit('ann', operation);
    await admission.admit('ann', operation);
    const third = admission.admit('ann', operation, AbortSignal.timeout(10));
    await expect(third).rejects.toMatchObject({ body: { code: 'MEMLANE_ERR_UNAVAILABLE' } });
    expect(admission.usageOf('ann').inFlight.used).toBe(2);
    expect((await setup({ operations_in_flight: 1 }, 3).admission.admit('ann', operation))()).toBeUndefined();
  });
});
