import { plan, presetPlans, type ErrorCode, type PlanTable } from '@memlane/contracts';
import { startSystem } from '@memlane/testkit';
import type { McpCaller } from '../support/mcp-caller.js';
import { summarise, type Summary } from '../support/percentiles.js';
import { createUser, createUsers } from '../support/users.js';
import { runOpenLoop } from './closed-loop.js';
import { startFlood, type Flood } from './flood.js';
import { newTally, operate, type Tally } from './tally.js';

const OTHERS = 50;
const LOADED_MEMORIES = 20;

interface Phase {
  readonly others: Tally;
  readonly flood?: Tally;
}

/** Plans under which only places bound a user: the flood then comes from work that is done, not from refusals. */
const noRate: PlanTable = {
  default_plan: 'no-rate',
  plans: { 'no-rate': plan.parse({ memory_operations_per_minute: 1_000_000_000 }) },
};

/**
 * Fifty users at one operation a second, half of them stores and half searches: alone, and while one more user keeps 64
 * stores and 64 searches open all the time. Once with the preset plan, once with plans without a rate.
 */
export async function benchFairness(texts: readonly string[], seconds: number): Promise<string> {
  const tables: string[] = [];
  for (const [name, plans] of [
    ['the preset plan', presetPlans],
    ['no rate, 10 operations in flight', noRate],
  ] as const)
    tables.push(`### ${name}\n\n${await benchPlans(plans, texts, seconds)}`);
  return tables.join('\n\n');
}

async function benchPlans(plans: PlanTable, texts: readonly string[], seconds: number): Promise<string> {
  const system = await startSystem({ plans });
  try {
    const others = await createUsers(
      system,
      Array.from({ length: OTHERS }, (_, n) => `other-${n}`),
    );
    await Promise.all(others.map((other, n) => load(other, texts, n)));
    const flooder = await createUser(system, 'flood', { probes: 1 });
    // In turn, so that what grows during the run is in both; the first two warm the processes up.
    const phases: Phase[] = [];
    for (const withFlood of [false, true, false, true, false, true]) {
      const flood = withFlood ? () => startFlood(system.url, flooder.key, texts, phases.length) : undefined;
      phases.push(await runPhase(others, flood, texts, { seconds, round: phases.length }));
    }
    for (const caller of [...others, flooder]) caller.close();
    return renderPhases(phases.slice(2));
  } finally {
    await system.stop();
  }
}

async function load(caller: McpCaller, texts: readonly string[], from: number): Promise<void> {
  const memories = Array.from({ length: LOADED_MEMORIES }, (_, n) => ({
    content: texts[(from * LOADED_MEMORIES + n) % texts.length] ?? 'something',
  }));
  await caller.must('store_memories', { memories });
}

async function runPhase(
  others: readonly McpCaller[],
  startFlooding: (() => Flood) | undefined,
  texts: readonly string[],
  { seconds, round }: { seconds: number; round: number },
): Promise<Phase> {
  const tally = newTally();
  const flood = startFlooding?.();
  await runOpenLoop(OTHERS, seconds, async (turn) => {
    const caller = others[turn % OTHERS];
    if (caller) await operate(caller, tally, texts, turn + round * 1_000_000, turn % (2 * OTHERS) < OTHERS);
  });
  const flooded = await flood?.stop();
  return { others: tally, ...(flooded ? { flood: flooded } : {}) };
}

function renderPhases(phases: readonly Phase[]): string {
  const quiet = phases.filter(({ flood }) => !flood);
  const flooded = phases.filter(({ flood }) => flood);
  const lines = (['store', 'search'] as const).flatMap((kind) => {
    const of = (some: readonly Phase[]) => summarise(some.flatMap(({ others }) => others.latencies[kind]));
    const [before, during] = [of(quiet), of(flooded)];
    return [
      row(`${kind}, no flood`, before, refusals(quiet.map(({ others }) => others))),
      row(`${kind}, flood`, during, refusals(flooded.map(({ others }) => others))),
      `| ${kind}, ratio | | ${(during.p50 / before.p50).toFixed(2)} | ${(during.p95 / before.p95).toFixed(2)} | ${(during.p99 / before.p99).toFixed(2)} | |`,
    ];
  });
  const floods = flooded.flatMap(({ flood }) => (flood ? [flood] : []));
  const flood = (['store', 'search'] as const).map((kind) =>
    row(`the flood's ${kind}`, summarise(floods.flatMap(({ latencies }) => latencies[kind])), refusals(floods)),
  );
  return ['| what | done | p50 ms | p95 ms | p99 ms | refused |', '|---|---|---|---|---|---|', ...lines, ...flood].join(
    '\n',
  );
}

function row(what: string, { count, p50, p95, p99 }: Summary, refused: string): string {
  return `| ${what} | ${count} | ${p50.toFixed(1)} | ${p95.toFixed(1)} | ${p99.toFixed(1)} | ${refused} |`;
}

function refusals(tallies: readonly Tally[]): string {
  const counts = new Map<ErrorCode, number>();
  for (const { refused } of tallies) for (const [code, n] of refused) counts.set(code, (counts.get(code) ?? 0) + n);
  return [...counts].map(([code, n]) => `${n} ${code}`).join(', ') || '0';
}
