import { startSystem } from '@memlane/testkit';
import { createUsers } from '../support/users.js';
import { runClosedLoop } from './closed-loop.js';

export interface ScaleSettings {
  readonly clients: number;
  readonly seconds: number;
  readonly handlers: readonly number[];
}

/** Stores a second with one command handler and with several. */
export async function benchScale(
  texts: readonly string[],
  { clients, seconds, handlers }: ScaleSettings,
): Promise<string> {
  const rows: string[] = [];
  for (const count of handlers) {
    const system = await startSystem({ env: { MEMLANE_COMMAND_HANDLERS: String(count) } });
    try {
      const users = await createUsers(
        system,
        Array.from({ length: clients }, (_, n) => `s-${n}`),
      );
      const run = (round: number) =>
        runClosedLoop(clients, seconds, async (worker, turn) => {
          const content = `${texts[(turn * clients + worker) % texts.length] ?? ''} (${round}-${worker}-${turn})`;
          await users[worker]?.must('store_memory', { content });
        });
      // The first round is what warms the processes up.
      await run(0);
      const { rate, p50, p95, p99, errors } = await run(1);
      rows.push(
        `| ${count} | ${rate.toFixed(0)} | ${p50.toFixed(1)} | ${p95.toFixed(1)} | ${p99.toFixed(1)} | ${errors} |`,
      );
      for (const user of users) user.close();
    } finally {
      await system.stop();
    }
  }
  return [
    `${clients} clients, one store in flight each`,
    '',
    '| command handlers | stores/s | p50 ms | p95 ms | p99 ms | errors |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
