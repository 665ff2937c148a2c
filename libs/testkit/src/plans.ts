import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plan, type PlanTable } from '@memlane/contracts';
import { tempDir } from './temp-dir.js';

/** Plans for tests and benchmarks of something else than limits: none of them is reached. */
export const generousPlans: PlanTable = {
  default_plan: 'generous',
  plans: {
    generous: plan.parse({
      memory_operations_per_minute: 1_000_000_000,
      syncs_per_hour: 1_000_000,
      operations_in_flight: 10_000,
      stored_mb: 1_000_000,
    }),
  },
};

/** Writes plans, or what is to be refused as such, to a file. @returns its path */
export async function writePlanFile(plans: unknown): Promise<string> {
  const path = join(await tempDir(), 'plans.json');
  await writeFile(path, JSON.stringify(plans));
  return path;
}
