import { plan, presetPlans, type PlanTable } from '@memlane/contracts';
import { startSystem } from '@memlane/testkit';
import type { McpCaller } from '../support/mcp-caller.js';
import { createUser } from '../support/users.js';
import { startFlood, type Flood } from './flood.js';
import { createSteadyUsers, ratioRow, runSteadily, tallyHead, tallyRow, type Tally } from './steady-users.js';

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
    const others = await createSteadyUsers(system, texts);
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

async function runPhase(
  others: readonly McpCaller[],
  startFlooding: (() => Flood) | undefined,
  texts: readonly string[],
  { seconds, round }: { seconds: number; round: number },
): Promise<Phase> {
  const flood = startFlooding?.();
  const tally = await runSteadily(others, texts, { seconds, round });
  const flooded = await flood?.stop();
  return { others: tally, ...(flooded ? { flood: flooded } : {}) };
}

function renderPhases(phases: readonly Phase[]): string {
  const quiet = phases.filter(({ flood }) => !flood).map(({ others }) => others);
  const flooded = phases.filter(({ flood }) => flood).map(({ others }) => others);
  const floods = phases.flatMap(({ flood }) => flood ?? []);
  return [
    tallyHead,
    ...(['store', 'search'] as const).flatMap((kind) => [
      tallyRow(`${kind}, no flood`, kind, quiet),
      tallyRow(`${kind}, flood`, kind, flooded),
      ratioRow(`${kind}, ratio`, kind, quiet, flooded),
    ]),
    ...(['store', 'search'] as const).map((kind) => tallyRow(`the flood's ${kind}`, kind, floods)),
  ].join('\n');
}
