import {
  buckets,
  fields,
  memlaneError,
  planName,
  planTable,
  presetPlans,
  type Plan,
  type PlanTable,
} from '@memlane/contracts';
import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';

/** Key of the plans in the bucket `memlane`. */
export const PLANS_KEY = 'plans';
/** Prefix of the keys that hold the name of one user's plan. */
export const ASSIGNED_PREFIX = 'plan.';

/** Plans as they are kept: the table, and who is on which plan. */
export interface StoredPlans extends PlanTable {
  /** Owner and the name of the plan; everybody else is on the default plan. */
  readonly assigned: readonly (readonly [owner: string, plan: string])[];
}

/** The bucket that holds the plans; it is made with the log. */
export function openPlanBucket(nc: NatsConnection): Promise<KV> {
  return new Kvm(nc).open(buckets.memlane);
}

/** The plans that hold now; the preset ones when none were set. */
export async function readPlans(nc: NatsConnection): Promise<StoredPlans> {
  const bucket = await openPlanBucket(nc);
  return { ...(await readTable(bucket)), assigned: await readAssigned(bucket) };
}

/**
 * Sets the plans; every gateway goes by them a moment later.
 *
 * @throws MemlaneError `MEMLANE_ERR_INVALID_INPUT` when a plan is left out that somebody is on
 */
export async function setPlans(nc: NatsConnection, table: PlanTable): Promise<void> {
  const bucket = await openPlanBucket(nc);
  for (const [owner, name] of await readAssigned(bucket)) {
    if (!Object.hasOwn(table.plans, name))
      throw memlaneError('MEMLANE_ERR_INVALID_INPUT', `plans.${name}: is missing, and ${owner} is on it`, {
        field: `plans.${name}`,
      });
  }
  await bucket.put(PLANS_KEY, JSON.stringify(table));
}

/** Sets the plans of a system that has none yet; otherwise those that are there stay. */
export async function seedPlans(nc: NatsConnection, table: PlanTable): Promise<void> {
  const bucket = await openPlanBucket(nc);
  if (await bucket.get(PLANS_KEY)) return;
  // Somebody else was faster: then those hold.
  await bucket.create(PLANS_KEY, JSON.stringify(table)).catch(() => undefined);
}

/**
 * Puts a user on a plan.
 *
 * @throws MemlaneError `MEMLANE_ERR_NOT_FOUND` when there is no plan of this name
 */
export async function assignPlan(nc: NatsConnection, owner: string, name: string): Promise<Plan> {
  const bucket = await openPlanBucket(nc);
  const { plans } = await readTable(bucket);
  const plan = Object.hasOwn(plans, name) ? plans[name] : undefined;
  if (!plan)
    throw memlaneError(
      'MEMLANE_ERR_NOT_FOUND',
      `there is no plan of this name; there are: ${Object.keys(plans).join(', ')}`,
      {
        field: 'plan',
      },
    );
  await bucket.put(ASSIGNED_PREFIX + fields.owner.parse(owner), name);
  return plan;
}

async function readTable(bucket: KV): Promise<PlanTable> {
  const entry = await bucket.get(PLANS_KEY);
  return entry?.operation === 'PUT' ? planTable.parse(entry.json()) : presetPlans;
}

async function readAssigned(bucket: KV): Promise<[owner: string, plan: string][]> {
  const found: [string, string][] = [];
  for await (const key of await bucket.keys(`${ASSIGNED_PREFIX}*`)) {
    const entry = await bucket.get(key);
    const name = planName.safeParse(entry?.string());
    if (entry?.operation === 'PUT' && name.success) found.push([key.slice(ASSIGNED_PREFIX.length), name.data]);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}
