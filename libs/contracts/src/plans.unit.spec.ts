import { expect, test } from 'vitest';
import { parseInput } from './invalid-input.js';
import { limit } from './limits.js';
import { plan, planTable, presetPlans } from './plans.js';

test('a plan has the presets where it says nothing', () => {
  expect(plan.parse({ stored_mb: 5 })).toEqual({
    memory_operations_per_minute: 100,
    syncs_per_hour: 5,
    operations_in_flight: 10,
    stored_mb: 5,
  });
});

test('the preset table is a valid one', () => {
  expect(planTable.parse(presetPlans)).toEqual(presetPlans);
});

test.each([
  [{ default_plan: 'a', plans: {} }, 'default_plan'],
  [{ default_plan: 'a', plans: { a: { speed: 9 } } }, 'plans.a.speed'],
  [{ default_plan: 'a', plans: { a: { stored_mb: 0 } } }, 'plans.a.stored_mb'],
  [{ default_plan: 'a', plans: { a: { syncs_per_hour: 1.5 } } }, 'plans.a.syncs_per_hour'],
  [{ default_plan: 'a', plans: { a: {} }, owners: {} }, 'owners'],
  [
    {
      default_plan: 'p0',
      plans: Object.fromEntries(Array.from({ length: limit('plans_count') + 1 }, (_, n) => [`p${n}`, {}])),
    },
    'plans',
  ],
  ['standard', 'input'],
])('names the field at fault in %j', (given, field) => {
  const parsed = parseInput(planTable, given);
  expect(parsed).toMatchObject({ ok: false, error: { code: 'MEMLANE_ERR_INVALID_INPUT', field } });
});
