import { plan, presetPlan } from '@memlane/contracts';
import { expect, test } from 'vitest';
import { describePlans } from './plans.js';

test('plans are shown with all their limits, and who is on which', () => {
  const plans = { standard: presetPlan, team: plan.parse({ stored_mb: 5_000 }) };
  expect(describePlans({ default_plan: 'standard', plans, assigned: [['ana', 'team']] })).toEqual([
    'standard (default)\tmemory_operations_per_minute=100\tsyncs_per_hour=5\toperations_in_flight=10\tstored_mb=1000',
    'team\tmemory_operations_per_minute=100\tsyncs_per_hour=5\toperations_in_flight=10\tstored_mb=5000',
    'ana is on team',
  ]);
});
