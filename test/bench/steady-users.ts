import type { ErrorCode } from '@memlane/contracts';
import type { RunningSystem } from '@memlane/testkit';
import type { McpCaller } from '../support/mcp-caller.js';
import { summarise, type Summary } from '../support/percentiles.js';
import { createUsers } from '../support/users.js';
import { waitForVectors } from '../support/vectors-pending.js';
import { runOpenLoop } from './closed-loop.js';
import { queryOf } from './corpus.js';

const USERS = 50;
const LOADED_MEMORIES = 20;

/** What somebody's calls came to. */
export interface Tally {
  readonly latencies: { readonly store: number[]; readonly search: number[] };
  readonly refused: Map<ErrorCode, number>;
}

export function newTally(): Tally {
  return { latencies: { store: [], search: [] }, refused: new Map() };
}

/** Fifty users with a few memories each. */
export async function createSteadyUsers(system: RunningSystem, texts: readonly string[]): Promise<McpCaller[]> {
  const users = await createUsers(
    system,
    Array.from({ length: USERS }, (_, n) => `other-${n}`),
  );
  await Promise.all(users.map((user, n) => load(user, texts, n)));
  // Until then what is stored is embedded in the background, behind them, and stores and searches have less to do.
  for (const user of users) await waitForVectors(user);
  return users;
}

async function load(caller: McpCaller, texts: readonly string[], from: number): Promise<void> {
  const memories = Array.from({ length: LOADED_MEMORIES }, (_, n) => ({
    content: texts[(from * LOADED_MEMORIES + n) % texts.length] ?? 'something',
  }));
  await caller.must('store_memories', { memories });
}

/** One operation a second of every user, at fixed times, half of them stores and half searches. */
export async function runSteadily(
  users: readonly McpCaller[],
  texts: readonly string[],
  { seconds, round }: { readonly seconds: number; readonly round: number },
): Promise<Tally> {
  const tally = newTally();
  await runOpenLoop(users.length, seconds, async (turn) => {
    const caller = users[turn % users.length];
    const isStore = turn % (2 * users.length) < users.length;
    if (caller) await operate(caller, tally, texts, turn + round * 1_000_000, isStore);
  });
  return tally;
}

/** One store or search, whatever comes of it. */
export async function operate(
  caller: McpCaller,
  tally: Tally,
  texts: readonly string[],
  turn: number,
  isStore: boolean,
): Promise<void> {
  const text = texts[turn % texts.length] ?? 'something';
  const begun = performance.now();
  const answer = isStore
    ? await caller.call('store_memory', { content: `${text} (${turn})` })
    : await caller.call('search_memories', { query: queryOf(text) });
  if (answer.ok) tally.latencies[isStore ? 'store' : 'search'].push(performance.now() - begun);
  else tally.refused.set(answer.error.code, (tally.refused.get(answer.error.code) ?? 0) + 1);
}

/** Heads of the table that `tallyRow` and `ratioRow` make rows of. */
export const tallyHead = '| what | done | p50 ms | p95 ms | p99 ms | refused |\n|---|---|---|---|---|---|';

export function tallyRow(what: string, kind: keyof Tally['latencies'], tallies: readonly Tally[]): string {
  const { count, p50, p95, p99 } = summaryOf(kind, tallies);
  return `| ${what} | ${count} | ${p50.toFixed(1)} | ${p95.toFixed(1)} | ${p99.toFixed(1)} | ${refusals(tallies)} |`;
}

/** How many times as long it took. */
export function ratioRow(
  what: string,
  kind: keyof Tally['latencies'],
  before: readonly Tally[],
  during: readonly Tally[],
): string {
  const [a, b] = [summaryOf(kind, before), summaryOf(kind, during)];
  return `| ${what} | | ${(b.p50 / a.p50).toFixed(2)} | ${(b.p95 / a.p95).toFixed(2)} | ${(b.p99 / a.p99).toFixed(2)} | |`;
}

export function summaryOf(kind: keyof Tally['latencies'], tallies: readonly Tally[]): Summary {
  return summarise(tallies.flatMap(({ latencies }) => latencies[kind]));
}

function refusals(tallies: readonly Tally[]): string {
  const counts = new Map<ErrorCode, number>();
  for (const { refused } of tallies) for (const [code, n] of refused) counts.set(code, (counts.get(code) ?? 0) + n);
  return [...counts].map(([code, n]) => `${n} ${code}`).join(', ') || '0';
}
