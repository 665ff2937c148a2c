import { planName, planTable, presetPlan, presetPlans, type Plan, type PlanTable } from '@memlane/contracts';
import type { KvWatchEntry } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';
import { setTimeout as delay } from 'node:timers/promises';
import { ASSIGNED_PREFIX, openPlanBucket, PLANS_KEY } from './stored-plans.js';

/** Every user's plan, in memory and kept current. */
export interface PlanBook {
  planOf(owner: string): { readonly name: string; readonly plan: Plan };
  close(): void;
}

export interface PlanBookOptions {
  /** Told when what is kept is not a valid table of plans; those from before hold on. */
  readonly onInvalid: () => void;
}

const RETRY_MS = 1_000;
/** Made with the log, so that a watch of it and the plans always has a first answer. */
const ALWAYS_THERE = 'config';

/** Opens the plans; resolves once they are known. While NATS is away those that are known hold. */
export async function openPlanBook(nc: NatsConnection, { onInvalid }: PlanBookOptions): Promise<PlanBook> {
  const bucket = await openPlanBucket(nc);
  const assigned = new Map<string, string>();
  const closing = new AbortController();
  let table: PlanTable = presetPlans;
  let stopWatching = () => {};
  let signalLoaded = () => {};
  const loaded = new Promise<void>((resolve) => (signalLoaded = resolve));

  const apply = (entry: KvWatchEntry) => {
    const { key } = entry;
    const text = entry.operation === 'PUT' ? entry.string() : undefined;
    if (key.startsWith(ASSIGNED_PREFIX)) {
      const owner = key.slice(ASSIGNED_PREFIX.length);
      const name = planName.safeParse(text);
      if (name.success) assigned.set(owner, name.data);
      else assigned.delete(owner);
    } else if (key === PLANS_KEY) {
      const parsed = text === undefined ? presetPlans : parseTable(text);
      if (parsed) table = parsed;
      else onInvalid();
    }
  };

  const follow = async () => {
    const watch = await bucket.watch({ key: [ALWAYS_THERE, PLANS_KEY, `${ASSIGNED_PREFIX}*`] });
    stopWatching = () => watch.stop();
    if (closing.signal.aborted) watch.stop();
    for await (const entry of watch) {
      apply(entry);
      if (entry.delta === 0) signalLoaded();
    }
  };
  void (async () => {
    while (!closing.signal.aborted && !nc.isClosed()) {
      // A watch that ends or fails is begun anew: it replays everything, and deletion markers with it.
      await follow().catch(() => undefined);
      await delay(RETRY_MS, undefined, { ref: false, signal: closing.signal }).catch(() => undefined);
    }
  })();
  await loaded;

  return {
    planOf: (owner) => {
      const name = assigned.get(owner);
      const own = name === undefined ? undefined : planNamed(table, name);
      if (name !== undefined && own) return { name, plan: own };
      return { name: table.default_plan, plan: planNamed(table, table.default_plan) ?? presetPlan };
    },
    close: () => {
      closing.abort();
      stopWatching();
    },
  };
}

function planNamed({ plans }: PlanTable, name: string): Plan | undefined {
  return Object.hasOwn(plans, name) ? plans[name] : undefined;
}

function parseTable(text: string): PlanTable | undefined {
  try {
    return planTable.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
