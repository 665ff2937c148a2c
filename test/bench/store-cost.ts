import { startSystem } from '@memlane/testkit';
import { median } from '../support/percentiles.js';
import { createUsers } from '../support/users.js';
import { runClosedLoop, type LoopResult } from './closed-loop.js';
import { cpuBetween, readProcesses } from './process-readings.js';

export interface StoreCostSettings {
  readonly clients: number;
  /** Stores that are measured. As many come before, in which code is compiled and files grow. */
  readonly stores: number;
  /** Runs, each on a system of its own. */
  readonly repeats: number;
}

/** One run: what a store cost each process, CPU ms by name, and how the clients saw it. */
interface StoreCost {
  readonly loop: LoopResult;
  readonly costs: ReadonlyMap<string, number>;
}

/**
 * What a store costs: CPU time of every process, which stays meaningful where others use the machine as well. Without a
 * model, so that only the work of the store itself is counted.
 */
export async function benchStoreCost(texts: readonly string[], settings: StoreCostSettings): Promise<string> {
  const runs: StoreCost[] = [];
  for (let n = 0; n < settings.repeats; n += 1) runs.push(await measure(texts, settings));
  const names = [...new Set(runs.flatMap(({ costs }) => [...costs.keys()]))];
  const costsOf = (name: string) => runs.map(({ costs }) => costs.get(name) ?? 0);
  const total = runs.map(({ costs }) => [...costs.values()].reduce((sum, cost) => sum + cost, 0));
  const spread = (values: readonly number[], digits: number) =>
    [median(values), Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits)).join(' | ');
  return [
    `${settings.clients} users, one store in flight each, ${settings.stores} stores, ${settings.repeats} runs`,
    '',
    '| | median | least | most |',
    '|---|---|---|---|',
    ...names
      .filter((name) => median(costsOf(name)) >= WORTH_A_ROW_MS)
      .map((name) => `| ${name}, CPU ms a store | ${spread(costsOf(name), 2)} |`),
    `| all processes, CPU ms a store | ${spread(total, 2)} |`,
    `| stores a second | ${spread(loopsOf('rate'), 0)} |`,
    ...(['p50', 'p95', 'p99'] as const).map((name) => `| ${name}, ms | ${spread(loopsOf(name), 1)} |`),
    `| errors | ${spread(loopsOf('errors'), 0)} |`,
  ].join('\n');

  function loopsOf(name: keyof LoopResult): number[] {
    return runs.map(({ loop }) => loop[name]);
  }
}

/** Below this a process has no row of its own. */
const WORTH_A_ROW_MS = 0.005;

async function measure(texts: readonly string[], { clients, stores }: StoreCostSettings): Promise<StoreCost> {
  const system = await startSystem({ env: { MEMLANE_EMBEDDINGS: 'none' } });
  try {
    const users = await createUsers(
      system,
      Array.from({ length: clients }, (_, n) => `c-${n}`),
    );
    const storeAll = (phase: string) =>
      runClosedLoop(clients, { turns: Math.ceil(stores / clients) }, async (worker, turn) => {
        const content = `${texts[(turn * clients + worker) % texts.length] ?? ''} (${phase} ${worker}-${turn})`;
        await users[worker]?.must('store_memory', { content });
      });
    await storeAll('warm');
    const before = await readProcesses(system);
    const loop = await storeAll('measured');
    const after = await readProcesses(system);
    for (const user of users) user.close();
    const costs = new Map(after.map((now) => [now.name, (cpuBetween(before, now) * 1_000) / loop.count]));
    return { loop, costs };
  } finally {
    await system.stop();
  }
}
