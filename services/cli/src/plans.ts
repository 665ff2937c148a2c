import { planLimits, type PlanLimitName } from '@memlane/contracts';
import { assignPlan, readPlanFile, readPlans, setPlans, type StoredPlans } from '@memlane/limits';
import { withNats } from './nats-access.js';
import type { Request } from './options.js';

type PlansRequest = Extract<Request, { command: `plans-${string}` }>;

/** Shows or sets the plans, or puts a user on one. */
export async function runPlans(request: PlansRequest, write: (line: string) => void): Promise<void> {
  switch (request.command) {
    case 'plans-show':
      return withNats(request.env, async (nc) => describePlans(await readPlans(nc)).forEach(write));
    case 'plans-set': {
      // A file that is not good is refused before anything is asked for.
      const table = await readPlanFile(request.file);
      return withNats(request.env, async (nc) => {
        await setPlans(nc, table);
        write(`set ${Object.keys(table.plans).join(', ')}; the default is ${table.default_plan}`);
      });
    }
    case 'plans-assign':
      return withNats(request.env, async (nc) => {
        await assignPlan(nc, request.owner, request.plan);
        write(`${request.owner} is on ${request.plan}`);
      });
  }
}

/** One line for each plan with its limits, then one for each user who is assigned to one. */
export function describePlans({ default_plan, plans, assigned }: StoredPlans): string[] {
  const names = Object.keys(planLimits) as PlanLimitName[];
  return [
    ...Object.entries(plans).map(([name, plan]) => {
      const limits = names.map((limit) => `${limit}=${plan[limit]}`);
      return [name === default_plan ? `${name} (default)` : name, ...limits].join('\t');
    }),
    ...assigned.map(([owner, name]) => `${owner} is on ${name}`),
  ];
}
