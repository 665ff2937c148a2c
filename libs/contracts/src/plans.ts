import { z } from 'zod';
import { limit } from './limits.js';

interface PlanLimit {
  /** What a plan has that does not say otherwise. */
  readonly preset: number;
  readonly unit: string;
  readonly meaning: string;
}

const table = {
  memory_operations_per_minute: {
    preset: 100,
    unit: 'operations',
    meaning:
      'calls of memory tools in any 60 seconds; store_memories counts once for each `command_bytes` of content begun',
  },
  syncs_per_hour: { preset: 5, unit: 'syncs', meaning: 'repository syncs that are begun in any hour' },
  operations_in_flight: {
    preset: 10,
    unit: 'operations',
    meaning: 'calls that are worked on at once; further ones wait their turn',
  },
  stored_mb: {
    preset: 1_000,
    unit: 'MB',
    meaning:
      'everything that memories have (content, type, conversation, tags, metadata) with their earlier versions, in units of ' +
      '1,000,000 bytes',
  },
} as const satisfies Record<string, PlanLimit>;

export type PlanLimitName = keyof typeof table;

/** What a plan may bound, per user. Part of the limits reference. */
export const planLimits: Readonly<Record<PlanLimitName, PlanLimit>> = table;

/** Bytes of one MB in a plan. */
export const BYTES_PER_MB = 1_000_000;

/** Limits that count how often something is begun, each with the window it counts in. */
export const rateWindows = {
  memory_operations_per_minute: 60_000,
  syncs_per_hour: 3_600_000,
} as const satisfies Partial<Record<PlanLimitName, number>>;

export type RateLimitName = keyof typeof rateWindows;

const HIGHEST = 1_000_000_000;
const bound = (name: PlanLimitName) => z.int().min(1).max(HIGHEST).default(table[name].preset);

/** The limits of every user on a plan; what is left out has its preset. */
export const plan = z.strictObject({
  memory_operations_per_minute: bound('memory_operations_per_minute'),
  syncs_per_hour: bound('syncs_per_hour'),
  operations_in_flight: bound('operations_in_flight'),
  stored_mb: bound('stored_mb'),
});
export type Plan = z.infer<typeof plan>;

/** Name of a plan: safe in a key, a header and a log. */
export const planName = z.string().regex(/^[a-z0-9_-]{1,64}$/, '1 to 64 of a-z, 0-9, "_" and "-"');

/** All plans, as an operator writes them and as they are kept. */
export const planTable = z
  .strictObject({
    /** The plan of everybody who is assigned to none. */
    default_plan: planName,
    plans: z.record(planName, plan),
  })
  .superRefine(({ default_plan, plans }, context) => {
    const max = limit('plans_count');
    if (Object.keys(plans).length > max)
      context.addIssue({
        code: 'custom',
        path: ['plans'],
        message: `has more than ${max} plans`,
        params: { limit: max },
      });
    if (!Object.hasOwn(plans, default_plan))
      context.addIssue({ code: 'custom', path: ['default_plan'], message: 'is not one of the plans' });
  });
export type PlanTable = z.infer<typeof planTable>;

/** A plan that says nothing. */
export const presetPlan: Plan = plan.parse({});

/** What holds until an operator sets plans. */
export const presetPlans: PlanTable = { default_plan: 'standard', plans: { standard: presetPlan } };
