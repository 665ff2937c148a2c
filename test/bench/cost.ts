import { startSystem } from '@memlane/testkit';
import type { McpCaller } from '../support/mcp-caller.js';
import { median } from '../support/percentiles.js';
import { createUsers } from '../support/users.js';
import { waitForVectors } from '../support/vectors-pending.js';
import { runClosedLoop, type LoopResult } from './closed-loop.js';
import { queryOf } from './corpus.js';
import { cpuBetween, readProcesses } from './process-readings.js';

export interface CostSettings {
  readonly clients: number;
  /** Operations of each kind that are measured. As many come before, in which code is compiled and files grow. */
  readonly operations: number;
  /** Runs of each kind, each on a system of its own. */
  readonly repeats: number;
}

/** What is measured: a system for it, what its users have beforehand, and one operation. */
interface Kind {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  prepare(caller: McpCaller, texts: readonly string[]): Promise<void>;
  operate(caller: McpCaller, text: string): Promise<unknown>;
}

/** Memories of each user whose searches are measured. */
const LOADED_MEMORIES = 20;

const kinds: readonly Kind[] = [
  {
    // Without a model, so that only the work of the store itself is counted.
    name: 'store',
    env: { MEMLANE_EMBEDDINGS: 'none' },
    prepare: () => Promise.resolve(),
    operate: (caller, content) => caller.must('store_memory', { content }),
  },
  {
    name: 'search',
    env: {},
    async prepare(caller, texts) {
      const memories = texts.slice(0, LOADED_MEMORIES).map((content) => ({ content }));
      await caller.must('store_memories', { memories });
      await waitForVectors(caller);
    },
    // Numbered, since the vector of the same query again would be remembered.
    operate: (caller, text) => caller.must('search_memories', { query: `${queryOf(text)} ${text.slice(-12)}` }),
  },
];

/** One run: what an operation cost each process, CPU ms by name, and how the clients saw it. */
interface Cost {
  readonly loop: LoopResult;
  readonly costs: ReadonlyMap<string, number>;
}

/** What a store and a search cost: CPU time of every process, which stays meaningful where others use the machine as well. */
export async function benchCost(texts: readonly string[], settings: CostSettings): Promise<string> {
  const tables: string[] = [];
  for (const kind of kinds) {
    const runs: Cost[] = [];
    for (let n = 0; n < settings.repeats; n += 1) runs.push(await measure(kind, texts, settings));
    tables.push(render(kind, runs, settings));
  }
  return tables.join('\n\n');
}

async function measure(kind: Kind, texts: readonly string[], { clients, operations }: CostSettings): Promise<Cost> {
  const system = await startSystem({ env: kind.env });
  try {
    const users = await createUsers(
      system,
      Array.from({ length: clients }, (_, n) => `c-${n}`),
    );
    await Promise.all(users.map((user) => kind.prepare(user, texts)));
    const runAll = (phase: string) =>
      runClosedLoop(clients, { turns: Math.ceil(operations / clients) }, async (worker, turn) => {
        const text = `${texts[(turn * clients + worker) % texts.length] ?? ''} (${phase} ${worker}-${turn})`;
        const user = users[worker];
        if (user) await kind.operate(user, text);
      });
    await runAll('warm');
    const before = await readProcesses(system);
    const loop = await runAll('measured');
    const after = await readProcesses(system);
    for (const user of users) user.close();
    const costs = new Map(after.map((now) => [now.name, (cpuBetween(before, now) * 1_000) / loop.count]));
    return { loop, costs };
  } finally {
    await system.stop();
  }
}

/** Below this a process has no row of its own. */
const WORTH_A_ROW_MS = 0.005;

function render({ name: kind }: Kind, runs: readonly Cost[], { clients, operations, repeats }: CostSettings): string {
  const names = [...new Set(runs.flatMap(({ costs }) => [...costs.keys()]))];
  const costsOf = (name: string) => runs.map(({ costs }) => costs.get(name) ?? 0);
  const total = runs.map(({ costs }) => [...costs.values()].reduce((sum, cost) => sum + cost, 0));
  const loopsOf = (name: keyof LoopResult) => runs.map(({ loop }) => loop[name]);
  const spread = (values: readonly number[], digits: number) =>
    [median(values), Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits)).join(' | ');
  return [
    `${clients} users, one ${kind} in flight each, ${operations} of them, ${repeats} runs`,
    '',
    '| | median | least | most |',
    '|---|---|---|---|',
    ...names
      .filter((name) => median(costsOf(name)) >= WORTH_A_ROW_MS)
      .map((name) => `| ${name}, CPU ms a ${kind} | ${spread(costsOf(name), 2)} |`),
    `| all processes, CPU ms a ${kind} | ${spread(total, 2)} |`,
    `| ${kind} calls a second | ${spread(loopsOf('rate'), 0)} |`,
    ...(['p50', 'p95', 'p99'] as const).map((name) => `| ${name}, ms | ${spread(loopsOf(name), 1)} |`),
    `| errors | ${spread(loopsOf('errors'), 0)} |`,
  ].join('\n');
}
