import { waitUntil } from '@memlane/supervision';
import { startSystem, type RunningSystem, type SystemPart } from '@memlane/testkit';
import { listContents } from '../support/list-memories.js';
import type { McpCaller } from '../support/mcp-caller.js';
import { summarise } from '../support/percentiles.js';
import { createUsers } from '../support/users.js';

export interface TakeoverSettings {
  readonly clients: number;
  /** How often each kind of process is killed. */
  readonly rounds: number;
}

const kinds = ['command-handler', 'gateway'] as const;

/**
 * Clients store one after the other, with the same key again after every failure, while one of two command handlers, or
 * one of two gateways, is killed with -9: the longest time that a client waited for an acknowledgement.
 */
export async function benchTakeover(texts: readonly string[], { clients, rounds }: TakeoverSettings): Promise<string> {
  const system = await startSystem({ env: { MEMLANE_COMMAND_HANDLERS: '2', MEMLANE_GATEWAYS: '2' } });
  const users = await createUsers(
    system,
    Array.from({ length: clients }, (_, n) => `t-${n}`),
  );
  const stores = startStores(users, texts);
  try {
    const rows: string[] = [];
    // The first stores of all are not what is measured.
    await stores.everyClientStores(20);
    for (const kind of kinds) {
      const gaps: { before: number; after: number }[] = [];
      for (let round = 0; round < rounds; round += 1)
        // Each of the two in turn.
        gaps.push(await killOne(system, round % 2 === 0 ? kind : `${kind}-2`, stores));
      rows.push(
        `| ${kind} | ${rounds} | ${spread(gaps.map((gap) => gap.before))} | ${spread(gaps.map((gap) => gap.after))} |`,
      );
    }
    await stores.stop();
    const lost = await countLost(users, stores.acknowledged);
    return [
      `${clients} clients, one store in flight each; acknowledged: ${stores.acknowledged.flat().length}, of these lost: ` +
        `${lost}; requests that failed and were repeated: ${stores.failures()}`,
      '',
      '| killed | times | longest wait of a client before, ms (median, most) | after (median, most) |',
      '|---|---|---|---|',
      ...rows,
    ].join('\n');
  } finally {
    await stores.stop();
    for (const user of users) user.close();
    await system.stop();
  }
}

function spread(milliseconds: readonly number[]): string {
  return `${summarise(milliseconds).p50.toFixed(0)}, ${Math.max(...milliseconds).toFixed(0)}`;
}

async function killOne(
  system: RunningSystem,
  part: SystemPart,
  stores: Stores,
): Promise<{ before: number; after: number }> {
  stores.takeLongestWait();
  await stores.everyClientStores(20);
  const before = stores.takeLongestWait();
  const pid = await system.pidOf(part);
  await system.kill9(part);
  await stores.everyClientStores(20);
  const after = stores.takeLongestWait();
  // The next one killed shall have another beside it.
  await waitUntil(`${part} is there again`, async () => (await system.pidOf(part).catch(() => pid)) !== pid, {
    timeoutMs: 60_000,
  });
  await stores.everyClientStores(20);
  return { before, after };
}

interface Stores {
  /** Contents by client. */
  readonly acknowledged: readonly (readonly string[])[];
  failures(): number;
  /** Waits until every client has stored that many more. */
  everyClientStores(count: number): Promise<void>;
  /** @returns the longest time between two acknowledgements of one client, since the last call, in milliseconds */
  takeLongestWait(): number;
  stop(): Promise<void>;
}

function startStores(users: readonly McpCaller[], texts: readonly string[]): Stores {
  const acknowledged = users.map(() => [] as string[]);
  let failures = 0;
  let longest = 0;
  let isStopping = false;
  const running = Promise.all(
    users.map(async (user, n) => {
      let last = performance.now();
      for (let turn = 0; !isStopping;) {
        const content = `${texts[(turn * users.length + n) % texts.length] ?? ''} (${n}-${turn})`;
        try {
          await user.must('store_memory', { content, idempotency_key: `t-${n}-${turn}` });
        } catch {
          failures += 1;
          continue;
        }
        acknowledged[n]?.push(content);
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
        turn += 1;
      }
    }),
  );
  return {
    acknowledged,
    failures: () => failures,
    everyClientStores: async (count) => {
      const before = acknowledged.map(({ length }) => length);
      const haveAll = () => Promise.resolve(acknowledged.every(({ length }, n) => length >= (before[n] ?? 0) + count));
      await waitUntil('every client has stored', haveAll, { timeoutMs: 120_000 });
    },
    takeLongestWait: () => {
      const taken = longest;
      longest = 0;
      return taken;
    },
    stop: async () => {
      isStopping = true;
      await running;
    },
  };
}

async function countLost(users: readonly McpCaller[], acknowledged: Stores['acknowledged']): Promise<number> {
  let lost = 0;
  for (const [n, user] of users.entries()) {
    const found = new Set(await listContents(user));
    lost += (acknowledged[n] ?? []).filter((content) => !found.has(content)).length;
  }
  return lost;
}
