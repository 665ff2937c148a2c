import { startSystem, tempDir, type RunningSystem, type SystemPart } from '@memlane/testkit';
import { median } from '../support/percentiles.js';
import { createUsers } from '../support/users.js';
import { memoryOf, type ProcessMemory } from './process-memory.js';
import { runClosedLoop } from './closed-loop.js';

const parts: readonly SystemPart[] = [
  'nats-server',
  'chroma',
  'embedder',
  'command-handler',
  'memory-projector',
  'vector-projector',
  'query',
  'gateway',
];

/** Start time with an empty and with a used data folder, and the resident memory of every process. */
export async function benchProcesses(texts: readonly string[], repeats: number): Promise<string> {
  const first: number[] = [];
  const again: number[] = [];
  let memory = '';
  for (let run = 0; run < repeats; run += 1) {
    const dataDir = await tempDir();
    for (const times of [first, again]) {
      const before = performance.now();
      const system = await startSystem({ dataDir });
      times.push(performance.now() - before);
      if (run === 0 && times === first) memory = await measureMemory(system, texts);
      await system.stop();
    }
  }
  const seconds = (times: number[]) =>
    `${(median(times) / 1_000).toFixed(2)} (${(Math.min(...times) / 1_000).toFixed(2)}–${(Math.max(...times) / 1_000).toFixed(2)})`;
  return [
    `Start until ready, seconds, median and range of ${repeats}: new data folder ${seconds(first)}, used one ${seconds(again)}.`,
    memory,
  ].join('\n\n');
}

async function measureMemory(system: RunningSystem, texts: readonly string[]): Promise<string> {
  const rest = await memoryOfParts(system);
  const users = await createUsers(
    system,
    Array.from({ length: 64 }, (_, n) => `m-${n}`),
  );
  await runClosedLoop(64, 10, async (worker, turn) => {
    await users[worker]?.must('store_memory', { content: `${texts[turn % texts.length] ?? ''} ${worker}-${turn}` });
  });
  const load = await memoryOfParts(system);
  for (const user of users) user.close();
  const show = (shown: ProcessMemory[]) => {
    const sum = (pick: (memory: ProcessMemory) => number) => shown.reduce((total, one) => total + pick(one), 0);
    const all = { resident: sum(({ resident }) => resident), proportional: sum(({ proportional }) => proportional) };
    return [...shown, all].map(({ resident, proportional }) => `${resident.toFixed(0)} / ${proportional.toFixed(0)}`);
  };
  const [atRest, underLoad] = [show(rest), show(load)];
  return [
    '| process | at rest, RSS / PSS MB | after 10 s of stores by 64 users, RSS / PSS MB |',
    '|---|---|---|',
    ...['memlane up', ...parts, 'all'].map((part, n) => `| ${part} | ${atRest[n] ?? ''} | ${underLoad[n] ?? ''} |`),
  ].join('\n');
}

async function memoryOfParts(system: RunningSystem): Promise<ProcessMemory[]> {
  const pids = [system.pid, ...(await Promise.all(parts.map((part) => system.pidOf(part))))];
  return pids.map((pid) => memoryOf(pid));
}
