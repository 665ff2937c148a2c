import { startSystem, tempDir, type RunningSystem, type SystemOptions } from '@memlane/testkit';
import { median } from '../support/percentiles.js';
import { createUsers } from '../support/users.js';
import { runClosedLoop } from './closed-loop.js';
import { LOAD_GENERATOR, readProcesses, type ProcessReading } from './process-readings.js';

export interface ProcessesSettings {
  /** Starts with a new data folder, each followed by one with the same. */
  readonly repeats: number;
  /** Whether one start with an empty cache folder is measured as well: it fetches every part from the network. */
  readonly isCold: boolean;
  /** Users who store and search in turn, one operation in flight each. */
  readonly clients: number;
  readonly seconds: number;
}

/** Start time with an empty and with a used data folder, and the memory of every process. */
export async function benchProcesses(texts: readonly string[], settings: ProcessesSettings): Promise<string> {
  const { repeats } = settings;
  const first: number[] = [];
  const again: number[] = [];
  let memory = '';
  for (let run = 0; run < repeats; run += 1) {
    const dataDir = await tempDir();
    for (const times of [first, again]) {
      const before = performance.now();
      const system = await startSystem({ dataDir });
      times.push(performance.now() - before);
      if (run === 0 && times === first) memory = await measureMemory(system, texts, settings);
      await system.stop();
    }
  }
  const cold = settings.isCold ? await measureStart({ env: { MEMLANE_CACHE_DIR: await tempDir() } }) : undefined;
  const seconds = (times: number[]) =>
    `${(median(times) / 1_000).toFixed(2)} (${(Math.min(...times) / 1_000).toFixed(2)}–${(Math.max(...times) / 1_000).toFixed(2)})`;
  return [
    `Start until ready, seconds, median and range of ${repeats}: new data folder ${seconds(first)}, used one ${seconds(again)}.`,
    ...(cold === undefined
      ? []
      : [`Once with an empty cache folder, every part fetched: ${(cold / 1_000).toFixed(1)} s.`]),
    memory,
  ].join('\n\n');
}

async function measureStart(options: SystemOptions): Promise<number> {
  const before = performance.now();
  const system = await startSystem(options);
  const took = performance.now() - before;
  await system.stop();
  return took;
}

async function measureMemory(
  system: RunningSystem,
  texts: readonly string[],
  { clients, seconds }: ProcessesSettings,
): Promise<string> {
  const rest = await readSystem(system);
  const users = await createUsers(
    system,
    Array.from({ length: clients }, (_, n) => `m-${n}`),
  );
  await runClosedLoop(clients, seconds, async (worker, turn) => {
    const text = texts[turn % texts.length] ?? '';
    if (turn % 2 === 0) await users[worker]?.must('store_memory', { content: `${text} ${worker}-${turn}` });
    else await users[worker]?.must('search_memories', { query: text.slice(0, 100) });
  });
  const load = await readSystem(system);
  for (const user of users) user.close();
  const names = [...new Set([...load, ...rest].map(({ name }) => name))];
  return [
    `| process | at rest, RSS / PSS MB | after ${seconds} s of stores and searches by ${clients} users, RSS / PSS MB |`,
    '|---|---|---|',
    ...names.map((name) => {
      const of = (readings: readonly ProcessReading[]) => showMemory(readings.filter((one) => one.name === name));
      return `| ${name} | ${of(rest)} | ${of(load)} |`;
    }),
    `| all | ${showMemory(rest)} | ${showMemory(load)} |`,
  ].join('\n');
}

async function readSystem(system: RunningSystem): Promise<ProcessReading[]> {
  return (await readProcesses(system)).filter(({ name }) => name !== LOAD_GENERATOR);
}

/** Their sum, or a dash for none. */
function showMemory(readings: readonly ProcessReading[]): string {
  if (readings.length === 0) return '–';
  const sum = (pick: (reading: ProcessReading) => number) => readings.reduce((total, one) => total + pick(one), 0);
  return `${sum(({ residentMb }) => residentMb).toFixed(0)} / ${sum(({ proportionalMb }) => proportionalMb).toFixed(0)}`;
}
