import { join } from 'node:path';
import { startSystem, tempDir, type RunningSystem } from '@memlane/testkit';
import type { McpCaller } from '../support/mcp-caller.js';
import { median } from '../support/percentiles.js';
import { createUser } from '../support/users.js';
import { removeRepository, readAt, syncUntilSearchable, untilEmbedded, type IndexedRepository } from './code-calls.js';
import { cpuBetween, forgetPeaks, readProcesses } from './process-readings.js';
import { makeRepository, type BenchRepository, type Sources } from './source-trees.js';

export interface SyncSettings {
  readonly trees: readonly { readonly name: string; readonly files: number }[];
  /** Full syncs of each tree, each of a user of its own, and changes of each afterwards. */
  readonly repeats: number;
  /** How long to wait at most for the vectors of a tree. */
  readonly settleSeconds: number;
}

/** One full sync. */
interface Full {
  readonly seconds: number;
  readonly repository: IndexedRepository;
  readonly processes: readonly { readonly name: string; readonly cpuSeconds: number; readonly peakMb: number }[];
}

interface Measured {
  readonly tree: BenchRepository;
  readonly full: readonly Full[];
  /** From the beginning of the last full sync on, and how many chunks had no vector then. */
  readonly embedded: { readonly seconds: number; readonly missing: number };
  readonly unchanged: readonly number[];
  readonly oneFile: readonly number[];
}

const secondsSince = (start: number) => (performance.now() - start) / 1_000;

/** How long syncs of a small, a medium and a large tree take, from the call until an answer includes them. */
export async function benchSync(sources: Sources, settings: SyncSettings): Promise<string> {
  const root = await tempDir();
  const system = await startSystem({ env: { MEMLANE_REPOSITORY_ROOTS: root } });
  try {
    const measured: Measured[] = [];
    let from = 0;
    for (const { name, files } of settings.trees) {
      // Each has files of its own.
      const tree = await makeRepository(root, name, sources.slice(from, from + files));
      from += files;
      measured.push(await measureTree(system, tree, settings));
    }
    return render(measured, settings);
  } finally {
    await system.stop();
  }
}

async function measureTree(
  system: RunningSystem,
  tree: BenchRepository,
  { repeats, settleSeconds }: SyncSettings,
): Promise<Measured> {
  const full: Full[] = [];
  for (let repeat = 0; repeat < repeats - 1; repeat += 1) {
    const caller = await createUser(system, `${tree.name}-${repeat}`);
    full.push(await measureFull(system, caller, tree));
    // Before its vectors are made: only those of the last one are waited for.
    await removeRepository(system, caller, tree.name);
    caller.close();
  }
  const caller = await createUser(system, tree.name);
  const start = performance.now();
  full.push(await measureFull(system, caller, tree));
  const missing = await untilEmbedded(system, caller, settleSeconds);
  const embedded = { seconds: secondsSince(start), missing };
  console.error(`${tree.name}: ${missing} chunks without a vector after ${embedded.seconds.toFixed(1)} s`);
  const changes = await measureChanges(caller, tree, repeats);
  await removeRepository(system, caller, tree.name);
  caller.close();
  return { tree, full, embedded, ...changes };
}

async function measureFull(system: RunningSystem, caller: McpCaller, tree: BenchRepository): Promise<Full> {
  await forgetPeaks(system);
  const before = await readProcesses(system);
  const start = performance.now();
  const { repository } = await syncUntilSearchable(caller, tree.path);
  const seconds = secondsSince(start);
  console.error(`${tree.name}: searchable after ${seconds.toFixed(1)} s`);
  const after = await readProcesses(system);
  const processes = after.map((reading) => ({ ...reading, cpuSeconds: cpuBetween(before, reading) }));
  return { seconds, repository, processes };
}

async function measureChanges(caller: McpCaller, tree: BenchRepository, repeats: number) {
  const unchanged: number[] = [];
  const oneFile: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    let start = performance.now();
    await syncUntilSearchable(caller, tree.path);
    unchanged.push(secondsSince(start));
    const name = `changedFunction${repeat}`;
    await tree.commit({ [join('changed', `file-${repeat % 2}.js`)]: `export function ${name}() {\n  return 1;\n}\n` });
    start = performance.now();
    const { position } = await caller.must('sync_repository', { source: tree.path, wait: true });
    const { hits } = await readAt(caller, position, 'search_code', { query: name, limit: 1 });
    oneFile.push(secondsSince(start));
    console.error(
      `${tree.name}: no change ${unchanged.at(-1)?.toFixed(2)} s, one file ${oneFile.at(-1)?.toFixed(2)} s`,
    );
    if ((hits as { symbol?: string }[])[0]?.symbol !== name) throw new Error('the change is not found');
  }
  return { unchanged, oneFile };
}

function render(measured: readonly Measured[], { repeats }: SyncSettings): string {
  const processes = measured.map(({ full }) => full.at(-1)?.processes ?? []);
  const numbersOf = (name: string, pick: (process: Full['processes'][number]) => string) =>
    processes
      .map((all) =>
        all
          .filter((process) => process.name === name)
          .map(pick)
          .join(),
      )
      .join(' / ');
  return [
    `Seconds from the call on: median and range of ${repeats}. Files: indexed + left out.`,
    table([
      [
        'tree',
        'files',
        'MB',
        'chunks',
        'searchable',
        'files/s',
        'MB/s',
        'embedded',
        'chunks/s',
        'no change',
        'one file',
      ],
      ...measured.map(rowOf),
    ]),
    `During the last full sync of each (${measured.map(({ tree }) => tree.name).join(' / ')}), until it is searchable:`,
    table([
      ['process', 'CPU seconds', 'peak RSS MB'],
      ...(processes.at(-1) ?? []).map(({ name }) => [
        name,
        numbersOf(name, ({ cpuSeconds }) => cpuSeconds.toFixed(1)),
        numbersOf(name, ({ peakMb }) => peakMb.toFixed(0)),
      ]),
    ]),
  ].join('\n\n');
}

function rowOf({ tree, full, embedded, unchanged, oneFile }: Measured): (string | number)[] {
  const times = full.map(({ seconds }) => seconds);
  const { files = 0, chunks = 0, skipped = {} } = full.at(-1)?.repository ?? {};
  const leftOut = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  const mb = tree.bytes / 1_000_000;
  const { seconds, missing } = embedded;
  return [
    ...[tree.name, `${files} + ${leftOut}`, mb.toFixed(1), chunks, spread(times)],
    ...[((files + leftOut) / median(times)).toFixed(0), (mb / median(times)).toFixed(2)],
    missing === 0 ? seconds.toFixed(1) : `${missing} missing after ${seconds.toFixed(0)}`,
    ((chunks - missing) / (seconds - (times.at(-1) ?? 0))).toFixed(0),
    ...[spread(unchanged), spread(oneFile)],
  ];
}

function spread(values: readonly number[]): string {
  return `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;
}

function table([head = [], ...rows]: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
