import type { ErrorCode } from '@memlane/contracts';
import type { McpCaller } from '../support/mcp-caller.js';
import { queryOf } from './corpus.js';

/** What somebody's calls came to. */
export interface Tally {
  readonly latencies: { readonly store: number[]; readonly search: number[] };
  readonly refused: Map<ErrorCode, number>;
}

/** Stores or searches once, and counts what came of it. */
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

export function newTally(): Tally {
  return { latencies: { store: [], search: [] }, refused: new Map() };
}
