import { presetPlans } from '@memlane/contracts';
import { runCli, startSystem, writePlanFile, type RunningSystem } from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createUser } from '../support/users.js';

describe('plans, as an operator and a user meet them', () => {
  let system: RunningSystem;
  beforeAll(async () => {
    system = await startSystem({ plans: presetPlans });
  });
  afterAll(() => system.stop());

  const plans = (...args: string[]) => runCli(['plans', ...args, '--data-dir', system.dataDir]);

  it('a user who has used up the minute is told so, and goes on when the plan is changed', async () => {
    const ann = await createUser(system, 'ann');
    const refused = await vi.waitUntil(
      async () => {
        const answer = await ann.call('search_memories', { query: 'anything' });
        return answer.ok ? undefined : answer.error;
      },
      { interval: 0, timeout: 60_000 },
    );
    expect(refused).toMatchObject({
      code: 'MEMLANE_ERR_RATE_LIMITED',
      limit: 100,
      details: { limit_name: 'memory_operations_per_minute', used: 100, plan: 'standard' },
    });

    const table = { default_plan: 'standard', plans: { standard: {}, team: { memory_operations_per_minute: 600 } } };
    expect(await plans('set', await writePlanFile(table))).toMatchObject({ code: 0 });
    expect(await plans('assign', 'ann', 'team')).toMatchObject({ code: 0, stdout: 'ann is on team\n' });
    await vi.waitUntil(async () => (await ann.call('search_memories', { query: 'anything' })).ok, { timeout: 10_000 });
    expect(await ann.must('memory_overview', {})).toMatchObject({
      plan: 'team',
      usage: { memory_operations_per_minute: { limit: 600 } },
    });
    expect((await plans('show')).stdout).toContain('ann is on team');
    ann.close();
  });

  it('a file that is not right is refused by the name of its field, and changes nothing', async () => {
    const before = (await plans('show')).stdout;
    const bad = await writePlanFile({ default_plan: 'team', plans: { team: { stored_mb: 'much' } } });
    const answer = await plans('set', bad);
    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain('MEMLANE_ERR_INVALID_INPUT: plans.team.stored_mb: ');
    expect((await plans('show')).stdout).toBe(before);
  });

  it('nobody is put on a plan that there is not', async () => {
    const answer = await plans('assign', 'ann', 'huge');
    expect(answer).toMatchObject({ code: 1 });
    expect(answer.stderr).toContain('MEMLANE_ERR_NOT_FOUND: there is no plan of this name');
  });
});
