import { startSystem, tempDir, type RunningSystem } from '@memlane/testkit';
import { codeOf, type ToolName } from '@memlane/contracts';
import type { McpCaller } from '../support/mcp-caller.js';
import { summarise, type Summary } from '../support/percentiles.js';
import { createUsers } from '../support/users.js';
import { countPendingVectors } from '../support/vectors-pending.js';
import { queryOf } from './corpus.js';
import { makeUpVectors } from './made-up-vectors.js';
import { cpuBetween, readProcesses, type ProcessReading } from './process-readings.js';
import { UserMemories } from './user-memories.js';

export interface UsersSettings {
  readonly users: number;
  /** Length of each step. */
  readonly seconds: number;
  /** Memories of each user before the first step. */
  readonly memories: number;
  /** Operations a minute of each user in the first step; each further step has as many more. */
  readonly perMinute: number;
  /** Steps at most; fewer when p95 passes {@link KNEE_MS}. */
  readonly steps: number;
  /** How long to wait at most until the vectors of what was loaded are there. */
  readonly settleSeconds: number;
  /** Whether those that are not there by then are made up. */
  readonly makeUp: boolean;
  /** Further variables of `memlane up`, e.g. `MEMLANE_GATEWAYS`. */
  readonly env: Readonly<Record<string, string>>;
}

/** Where the target lies, and the knee is looked for. */
const KNEE_MS = 50;
const LOADERS = 16;
const PER_CALL = 100;

/** Shares of the operations, of 60. */
const MIX: readonly (readonly [ToolName, number])[] = [
  ['search_memories', 36],
  ['store_memory', 18],
  ['list_memories', 2],
  ['update_memory', 2],
  ['delete_memories', 2],
];

interface User {
  readonly caller: McpCaller;
  readonly memories: UserMemories;
  readonly name: string;
}

interface Step {
  readonly perMinute: number;
  readonly byTool: ReadonlyMap<ToolName, Summary>;
  readonly all: Summary;
  readonly perSecond: number;
  readonly errors: ReadonlyMap<string, number>;
  readonly processes: readonly string[];
}

/**
 * Many users at once over MCP, each with its own key and connection: operations arrive when they are due, whether or
 * not earlier ones are answered, and latency counts from then. The rate rises until p95 passes 50 ms; in the end every
 * acknowledged write is looked for.
 */
export async function benchUsers(texts: readonly string[], settings: UsersSettings): Promise<string> {
  const dataDir = await tempDir();
  const start = () => startSystem({ dataDir, env: settings.env });
  let system = await start();
  try {
    const names = Array.from({ length: settings.users }, (_, n) => `u-${n}`);
    const callers = await createUsers(system, names);
    let users = callers.map((caller, n) => ({ caller, memories: new UserMemories(), name: names[n] ?? '' }));
    const text = numberTexts(texts);
    const loaded = await loadMemories(users, text, settings.memories);
    let settled = await settle(users, settings.settleSeconds);
    if (settings.makeUp) {
      await system.stop();
      settled += ` ${makeUpVectors(dataDir, 'memory')} were made up.`;
      system = await start();
      for (const caller of callers) caller.close();
      const { url } = system;
      users = users.map((user) => ({ ...user, caller: user.caller.at(url) }));
    }
    // They have been at work: what a server reads once for each of them is read.
    await inParallel(LOADERS, users, async ({ caller }) => {
      await caller.must('search_memories', { query: queryOf(text()) });
    });
    const steps: Step[] = [];
    for (let step = 1; step <= settings.steps; step += 1) {
      const measured = await runStep(system, users, text, settings.perMinute * step, settings.seconds);
      steps.push(measured);
      if (measured.all.p95 > KNEE_MS) break;
    }
    const check = await checkAll(users);
    for (const { caller } of users) caller.close();
    return [loaded, settled, ...steps.map((step) => renderStep(step, settings)), renderKnee(steps), check].join('\n\n');
  } finally {
    await system.stop();
  }
}

/** Texts that are all different, since the same text again would not be stored. */
function numberTexts(texts: readonly string[]): () => string {
  let count = 0;
  return () => `${texts[count % texts.length] ?? ''} (${(count += 1)})`;
}

async function loadMemories(users: readonly User[], text: () => string, each: number): Promise<string> {
  const start = performance.now();
  const queue = users.flatMap((user) =>
    Array.from({ length: Math.ceil(each / PER_CALL) }, (_, part) => ({
      user,
      count: Math.min(PER_CALL, each - part * PER_CALL),
    })),
  );
  await inParallel(LOADERS, queue, async ({ user, count }) => {
    const memories = Array.from({ length: count }, () => ({ content: text() }));
    const { results } = await user.caller.must('store_memories', { memories });
    for (const { index, id } of results as { index: number; id: string }[])
      user.memories.stored(id, memories[index]?.content ?? '');
  });
  const seconds = (performance.now() - start) / 1_000;
  const count = users.length * each;
  return `Loaded ${count} memories of ${users.length} users by store_memories in ${seconds.toFixed(1)} s (${(count / seconds).toFixed(0)} a second).`;
}

/** The vectors of what was loaded are computed beside everything else; a steady state has them. */
async function settle(users: readonly User[], maxSeconds: number): Promise<string> {
  const start = performance.now();
  const pending = async () => {
    let sum = 0;
    await inParallel(LOADERS, users, async ({ caller }) => {
      sum += await countPendingVectors(caller);
    });
    return sum;
  };
  let left: number;
  for (;;) {
    const asked = performance.now();
    left = await pending();
    const now = performance.now();
    if (left === 0 || now - start >= maxSeconds * 1_000) break;
    // Asking everybody takes processor time that the vectors need: a tenth of it at most.
    await new Promise((resolve) => setTimeout(resolve, Math.max(2_000, 9 * (now - asked))));
  }
  const seconds = ((performance.now() - start) / 1_000).toFixed(0);
  return left === 0
    ? `All vectors were there ${seconds} s later.`
    : `${left} memories had no vector yet ${seconds} s later.`;
}

async function runStep(
  system: RunningSystem,
  users: readonly User[],
  text: () => string,
  perMinute: number,
  seconds: number,
): Promise<Step> {
  const latencies = new Map<ToolName, number[]>(MIX.map(([tool]) => [tool, []]));
  const errors = new Map<string, number>();
  const perSecond = (users.length * perMinute) / 60;
  const before = await readProcesses(system);
  const running = new Set<Promise<void>>();
  const start = performance.now();
  // Poisson: the gaps between arrivals are exponential, as of many people who know nothing of each other.
  for (let due = start; due < start + seconds * 1_000; due += (-Math.log(1 - Math.random()) * 1_000) / perSecond) {
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const user = users[Math.floor(Math.random() * users.length)];
    if (!user) break;
    const tool = pickTool();
    const at = due;
    const one: Promise<void> = operate(user, tool, text).then((error) => {
      if (error === undefined) latencies.get(tool)?.push(performance.now() - at);
      else errors.set(error, (errors.get(error) ?? 0) + 1);
    });
    running.add(one);
    void one.finally(() => running.delete(one));
  }
  await Promise.all(running);
  const elapsed = (performance.now() - start) / 1_000;
  const all = summarise([...latencies.values()].flat());
  return {
    perMinute,
    byTool: new Map([...latencies].map(([tool, values]) => [tool, summarise(values)])),
    all,
    perSecond: all.count / elapsed,
    errors,
    processes: renderProcesses(before, await readProcesses(system), elapsed),
  };
}

function pickTool(): ToolName {
  let rest = Math.random() * MIX.reduce((sum, [, share]) => sum + share, 0);
  for (const [tool, share] of MIX) {
    rest -= share;
    if (rest < 0) return tool;
  }
  return 'search_memories';
}

/** @returns the code of the error, if it was one */
async function operate({ caller, memories }: User, tool: ToolName, text: () => string): Promise<string | undefined> {
  const id = memories.pick(Math.random());
  const content = text();
  const query = queryOf(content);
  const args: Partial<Record<ToolName, Record<string, unknown>>> = {
    search_memories: { query },
    store_memory: { content },
    list_memories: { limit: 20 },
    update_memory: { id, content },
    delete_memories: { ids: [id] },
  };
  if (id === undefined && (tool === 'update_memory' || tool === 'delete_memories')) return undefined;
  if (id !== undefined && (tool === 'update_memory' || tool === 'delete_memories')) memories.take(id);
  try {
    const answer = await caller.call(tool, args[tool]);
    if (!answer.ok) return answer.error.code;
    if (tool === 'store_memory') memories.stored(String(answer.content['id']), content);
    if (tool === 'update_memory') memories.updated(id ?? '', content);
    if (tool === 'delete_memories') memories.deleted(id ?? '');
    return undefined;
  } catch (error) {
    return codeOf(error) ?? 'no answer';
  }
}

async function checkAll(users: readonly User[]): Promise<string> {
  let checked = 0;
  let wrong = 0;
  await inParallel(LOADERS, users, async ({ caller, memories }) => {
    const counts = await memories.countDifferences(caller);
    checked += counts.checked;
    wrong += counts.wrong;
  });
  return `Acknowledged writes looked for at the end: ${checked}; not as acknowledged: ${wrong}.`;
}

async function inParallel<T>(workers: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const run = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: workers }, run));
}

function renderProcesses(before: readonly ProcessReading[], after: readonly ProcessReading[], seconds: number) {
  return after.map((reading) => {
    const { name, residentMb } = reading;
    const used = cpuBetween(before, reading);
    return `| ${name} | ${used.toFixed(1)} | ${((used / seconds) * 100).toFixed(0)} % | ${residentMb.toFixed(0)} |`;
  });
}

function renderStep(step: Step, { users }: UsersSettings): string {
  const row = (name: string, { count, p50, p95, p99 }: Summary) =>
    `| ${name} | ${count} | ${p50.toFixed(1)} | ${p95.toFixed(1)} | ${p99.toFixed(1)} |`;
  const errors = [...step.errors].map(([code, count]) => `${code} ${count}`).join(', ') || 'none';
  return [
    `### ${users} users, ${step.perMinute} operations a minute each: ${step.perSecond.toFixed(0)} a second; errors: ${errors}`,
    '',
    '| tool | answered | p50 ms | p95 ms | p99 ms |',
    '|---|---|---|---|---|',
    ...[...step.byTool].map(([tool, summary]) => row(tool, summary)),
    row('all', step.all),
    '',
    '| process | CPU seconds | of one core | RSS MB |',
    '|---|---|---|---|',
    ...step.processes,
  ].join('\n');
}

function renderKnee(steps: readonly Step[]): string {
  const within = steps.filter(({ all }) => all.p95 <= KNEE_MS).at(-1);
  const past = steps.find(({ all }) => all.p95 > KNEE_MS);
  const last = within ? `${within.perMinute} operations a minute each` : 'no step';
  return past
    ? `p95 within ${KNEE_MS} ms: up to ${last}; past it at ${past.perMinute}.`
    : `p95 within ${KNEE_MS} ms: at every step, the last ${last}.`;
}
