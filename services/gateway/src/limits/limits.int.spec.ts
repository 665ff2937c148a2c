import { join } from 'node:path';
import { plan, type PlanTable } from '@memlane/contracts';
import { assignPlan, setPlans } from '@memlane/limits';
import { createRepository } from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startProduct, type Product, type ToolAnswer } from '../product.support.spec.js';

const table: PlanTable = {
  default_plan: 'standard',
  plans: {
    standard: plan.parse({}),
    tiny: plan.parse({ memory_operations_per_minute: 3 }),
    narrow: plan.parse({ operations_in_flight: 2, memory_operations_per_minute: 1_000 }),
    small: plan.parse({ stored_mb: 1, memory_operations_per_minute: 1_000 }),
  },
};

const codeOf = ({ structuredContent: { error } }: ToolAnswer) => error?.code;

describe('limits of a plan, with two gateways', () => {
  let product: Product;
  let both: readonly Product['call'][];

  beforeAll(async () => {
    product = await startProduct({}, { plans: table });
    both = [product.call, await product.startGateway()];
  });
  afterAll(() => product.stop());

  /** Has so many calls answered, at both gateways in turn, so many of them at once. */
  async function flood(key: string, calls: number, atOnce: number): Promise<ToolAnswer[]> {
    const answers: ToolAnswer[] = [];
    let next = 0;
    const worker = async () => {
      for (let n = next++; n < calls; n = next++) {
        const call = both[n % both.length] ?? product.call;
        answers.push(await call(key, 'get_memory', { id: 'none' }));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return answers;
  }

  it('hold over both together, within a tenth, and say which one is reached and when to come again', async () => {
    const key = await product.makeKey('ann');
    const answers = await flood(key, 400, 16);
    const refused = answers.filter((answer) => codeOf(answer) === 'MEMLANE_ERR_RATE_LIMITED');
    const allowed = answers.length - refused.length;
    expect(allowed).toBeGreaterThanOrEqual(90);
    expect(allowed).toBeLessThanOrEqual(110);
    const [first] = refused;
    expect(first?.isError).toBe(true);
    expect(first?.structuredContent.error).toMatchObject({
      code: 'MEMLANE_ERR_RATE_LIMITED',
      retryable: true,
      limit: 100,
      details: { limit_name: 'memory_operations_per_minute', window_seconds: 60, plan: 'standard' },
    });
    expect(first?.structuredContent.error?.retry_after_seconds).toBeGreaterThan(0);
    expect(first?.structuredContent.error?.retry_after_seconds).toBeLessThanOrEqual(61);
  });

  it('are known to a gateway that starts later', async () => {
    const key = await product.makeKey('bea');
    for (let n = 0; n < 60; n += 1) await product.call(key, 'get_memory', { id: 'none' });
    const third = await product.startGateway();
    const overview = await third(key, 'memory_overview', {});
    expect(overview.structuredContent['usage']).toMatchObject({ memory_operations_per_minute: { used: 61 } });
  });

  it('change without a restart, for one user and for all', async () => {
    const key = await product.makeKey('cat');
    await assignPlan(product.nc, 'cat', 'tiny');
    await vi.waitUntil(async () => {
      const { structuredContent } = await product.call(key, 'memory_overview', {});
      return structuredContent['plan'] === 'tiny' || structuredContent.error !== undefined;
    });
    expect((await flood(key, 10, 1)).map(codeOf)).toContain('MEMLANE_ERR_RATE_LIMITED');
    const wide = plan.parse({ memory_operations_per_minute: 5_000 });
    await setPlans(product.nc, { ...table, plans: { ...table.plans, tiny: wide } });
    await vi.waitUntil(async () => (await product.call(key, 'memory_overview', {})).isError !== true);
    expect((await flood(key, 150, 4)).map(codeOf)).not.toContain('MEMLANE_ERR_RATE_LIMITED');
  });

  it('let only so many operations of a user be in flight, and the others wait their turn', async () => {
    const key = await product.makeKey('dan');
    await assignPlan(product.nc, 'dan', 'narrow');
    await vi.waitUntil(
      async () => (await product.call(key, 'memory_overview', {})).structuredContent['plan'] === 'narrow',
    );
    const stores = Array.from({ length: 64 }, (_, n) => product.call(key, 'store_memory', { content: `number ${n}` }));
    const overview = await product.call(await product.makeKey('eve'), 'memory_overview', {});
    expect(overview.isError).not.toBe(true);
    const answers = await Promise.all(stores);
    expect(answers.filter(({ isError }) => isError === true)).toEqual([]);
    const ids = answers.map(({ structuredContent }) => structuredContent['id']);
    expect(new Set(ids).size).toBe(64);
  });

  it('refuse at once what would wait behind too many of the same user', async () => {
    const key = await product.makeKey('flo');
    await assignPlan(product.nc, 'flo', 'narrow');
    await vi.waitUntil(
      async () => (await product.call(key, 'memory_overview', {})).structuredContent['plan'] === 'narrow',
    );
    await product.stopService('command-handler');
    const calls = Array.from({ length: 110 }, (_, n) => product.call(key, 'store_memory', { content: `flo ${n}` }));
    try {
      const first = await Promise.race(calls);
      expect(first.structuredContent.error).toMatchObject({
        code: 'MEMLANE_ERR_RATE_LIMITED',
        limit: 2,
        retry_after_seconds: 1,
        details: { limit_name: 'operations_in_flight', plan: 'narrow' },
      });
      expect(await product.commandsOf('flo')).toBeLessThanOrEqual(2);
    } finally {
      // Once: a second one on the same files would wait for the first, which is in the same thread.
      await product.startService('command-handler');
    }
    await Promise.all(calls);
  });

  it('refuse a store for which there is no room, and take it once something was deleted', async () => {
    const key = await product.makeKey('hal');
    await assignPlan(product.nc, 'hal', 'small');
    await vi.waitUntil(
      async () => (await product.call(key, 'memory_overview', {})).structuredContent['plan'] === 'small',
    );
    const memories = Array.from({ length: 15 }, (_, n) => ({ content: `${n} ${'x'.repeat(65_000)}`, tags: ['bulk'] }));
    expect((await product.call(key, 'store_memories', { memories })).isError).not.toBe(true);
    const more = { content: 'y'.repeat(65_000) };
    const refused = await product.call(key, 'store_memory', more);
    expect(refused.structuredContent.error).toMatchObject({
      code: 'MEMLANE_ERR_QUOTA_EXCEEDED',
      retryable: false,
      limit: 1,
      details: { limit_name: 'stored_mb', stored_bytes: 975_185, plan: 'small' },
    });
    expect((await product.call(key, 'store_memory', { content: 'small things still fit' })).isError).not.toBe(true);
    expect((await product.call(key, 'delete_memories', { tags: ['bulk'] })).isError).not.toBe(true);
    expect((await product.call(key, 'store_memory', more)).structuredContent).toMatchObject({ created: true });
  });

  it('count the syncs that are begun, also those by retry, and none that was refused or joined one', async () => {
    const key = await product.makeKey('ivo');
    const used = async () => {
      const { structuredContent } = await product.call(key, 'memory_overview', {});
      return (structuredContent['usage'] as { syncs_per_hour: { used: number } }).syncs_per_hour.used;
    };
    const sync = (args: object) => product.call(key, 'sync_repository', args);
    for (let n = 0; n < 6; n += 1)
      expect(codeOf(await sync({ source: `./typo${n}` }))).toBe('MEMLANE_ERR_INVALID_SOURCE');
    const { path: source, commit } = await createRepository(join(product.repositoryRoot, 'counted'));
    await commit({ 'a.ts': 'a' });
    const first = await sync({ source, wait: true });
    expect(first.structuredContent).toMatchObject({ job: { state: 'done' } });
    expect(codeOf(await sync({ source: product.repositoryRoot, name: 'counted' }))).toBe(
      'MEMLANE_ERR_REPOSITORY_NAME_TAKEN',
    );
    expect(await used()).toBe(1);
    await product.stopService('repo-worker');
    try {
      const begun = await sync({ source });
      expect((await sync({ source })).structuredContent).toMatchObject({ joined: true });
      expect(await used()).toBe(2);
      let { id } = begun.structuredContent['job'] as { id: string };
      for (let n = 0; n < 4; n += 1) {
        await product.call(key, 'jobs', { action: 'cancel', id });
        const again = await product.call(key, 'jobs', { action: 'retry', id });
        if (n === 3) expect(codeOf(again)).toBe('MEMLANE_ERR_RATE_LIMITED');
        else [{ id }] = again.structuredContent['jobs'] as [{ id: string }];
      }
      expect(await used()).toBe(5);
    } finally {
      await product.startService('repo-worker');
    }
  });

  it('are in the headers of every answer, and in the overview', async () => {
    const key = await product.makeKey('gus');
    const { headers } = await product.post(key, 'tools/call', { name: 'get_memory', arguments: { id: 'none' } });
    expect(headers.get('ratelimit-policy')).toBe(
      '"memory_operations_per_minute";q=100;w=60, "syncs_per_hour";q=5;w=3600',
    );
    expect(headers.get('ratelimit')).toMatch(
      /^"memory_operations_per_minute";r=99;t=(60|61), "syncs_per_hour";r=5;t=0$/,
    );
    const { structuredContent } = await product.call(key, 'memory_overview', {});
    expect(structuredContent).toMatchObject({
      plan: 'standard',
      usage: {
        stored_bytes: { used: 0, limit: 1_000_000_000 },
        memory_operations_per_minute: { used: 2, limit: 100 },
        syncs_per_hour: { used: 0, limit: 5, reset_seconds: 0 },
        operations_in_flight: { used: 1, limit: 10 },
      },
    });
  });
});
