import type { ToolName } from '@memlane/contracts';
import { startSystem, tempDir, type RunningSystem } from '@memlane/testkit';
import type { McpCaller } from '../support/mcp-caller.js';
import { createUser } from '../support/users.js';
import { runClosedLoop, type LoopResult } from './closed-loop.js';
import { syncUntilSearchable, untilEmbedded } from './code-calls.js';
import { makeUpVectors, untilInChroma } from './made-up-vectors.js';
import { makeRepository, type Sources } from './source-trees.js';

export interface CodeSearchSettings {
  /** Repositories are synced until there are so many, or no more sources. */
  readonly chunks: number;
  /** How long to wait at most for the vectors. */
  readonly settleSeconds: number;
  /** Whether chunks that have no vectors by then get some of no meaning. */
  readonly makeUp: boolean;
  /** How long each tool is called, by one caller and by eight. */
  readonly seconds: number;
}

const FILES_PER_REPOSITORY = 4_000;
const CALLERS = [1, 8];

type Call = readonly [tool: ToolName, args: Readonly<Record<string, unknown>>];

const OWNER = 'reader';

/** Searches of code, symbols and lines over many chunks of one user, each query another one. */
export async function benchCodeSearch(sources: Sources, settings: CodeSearchSettings): Promise<string> {
  const root = await tempDir();
  const dataDir = await tempDir();
  const start = () => startSystem({ dataDir, env: { MEMLANE_REPOSITORY_ROOTS: root } });
  let system = await start();
  try {
    const { chunks, files, missing } = await syncAll(system, root, sources, settings);
    let made = 0;
    let left = missing;
    while (left > 0 && settings.makeUp) {
      await system.stop();
      made += makeUpVectors(dataDir, 'code');
      system = await start();
      const asking = await createUser(system, OWNER);
      left = await untilEmbedded(system, asking, settings.settleSeconds);
      asking.close();
    }
    const caller = await createUser(system, OWNER, { connections: Math.max(...CALLERS) });
    if (left === 0) await untilInChroma(dataDir, OWNER);
    const rows: string[] = [];
    for (const [what, calls] of Object.entries(callsOn(sources.slice(0, files))))
      for (const callers of CALLERS) rows.push(row(what, callers, await measure(caller, calls, callers, settings)));
    caller.close();
    const have = left === 0 ? 'all' : `all but ${left}`;
    return [
      `${chunks} chunks of ${files} files; ${have} have vectors${made > 0 ? `, ${made} of them made up ones` : ''}.`,
      [
        '| what | callers | calls/s | p50 ms | p95 ms | p99 ms | errors |',
        '|---|---|---|---|---|---|---|',
        ...rows,
      ].join('\n'),
    ].join('\n\n');
  } finally {
    await system.stop();
  }
}

/** @returns how much was synced, and how many chunks have no vectors after the time to settle */
async function syncAll(
  system: RunningSystem,
  root: string,
  sources: Sources,
  settings: CodeSearchSettings,
): Promise<{ readonly chunks: number; readonly files: number; readonly missing: number }> {
  const caller = await createUser(system, OWNER);
  let chunks = 0;
  let files = 0;
  for (let n = 0; chunks < settings.chunks && files < sources.length; n += 1) {
    const part = sources.slice(files, files + FILES_PER_REPOSITORY);
    const { path } = await makeRepository(root, `part-${n}`, part);
    const { repository } = await syncUntilSearchable(caller, path);
    chunks += repository.chunks;
    files += part.length;
  }
  const missing = await untilEmbedded(system, caller, settings.settleSeconds);
  caller.close();
  return { chunks, files, missing };
}

function measure(
  caller: McpCaller,
  calls: readonly Call[],
  callers: number,
  { seconds }: CodeSearchSettings,
): Promise<LoopResult> {
  let next = 0;
  return runClosedLoop(callers, seconds, async () => {
    const [tool, args] = calls[next++ % calls.length] ?? ['list_repositories', {}];
    await caller.must(tool, args);
  });
}

/** What somebody might ask of these files: the names that are in them, and their comments. */
function callsOn(sources: Sources): Readonly<Record<string, readonly Call[]>> {
  const names = sources.flatMap(
    ([, text]) => /\b(?:function|class|interface|def|func|fn) (\w{4,60})/u.exec(text)?.[1] ?? [],
  );
  const comments = sources.flatMap(([, text]) => /(?:\/\/|\*|#) ([A-Z][\w ,'-]{20,120})/u.exec(text)?.[1] ?? []);
  const all = (tool: ToolName, values: readonly string[], args: (value: string) => Readonly<Record<string, unknown>>) =>
    values.map((value): Call => [tool, args(value)]);
  return {
    'search_code, words': all('search_code', comments, (query) => ({ query })),
    'search_code, a name': all('search_code', names, (query) => ({ query })),
    'search_code, words, one language': all('search_code', comments, (query) => ({ query, language: 'javascript' })),
    'find_symbol, definition': all('find_symbol', names, (name) => ({ name })),
    'find_symbol, references': all('find_symbol', names, (name) => ({ name, relation: 'references' })),
    'find_symbol, callers': all('find_symbol', names, (name) => ({ name, relation: 'callers' })),
    read_code: sources.flatMap(([path], n): Call[] => [
      ['read_code', { repository: `part-${Math.floor(n / FILES_PER_REPOSITORY)}`, path, end_line: 100 }],
    ]),
  };
}

function row(what: string, callers: number, { rate, p50, p95, p99, errors }: LoopResult): string {
  const ms = [p50, p95, p99].map((value) => value.toFixed(1)).join(' | ');
  return `| ${what} | ${callers} | ${rate.toFixed(0)} | ${ms} | ${errors} |`;
}
