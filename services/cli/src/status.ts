import { resolve } from 'node:path';
import { dataPaths, live, type Env } from '@memlane/contracts';
import { readRuntime } from '@memlane/supervision';
import { withNats } from './nats-access.js';
import { services } from './service-table.js';

const ANSWER_TIMEOUT_MS = 2_000;

/** Asks every service how it is. @returns whether all of them answered */
export function showStatus(env: Env, write: (line: string) => void): Promise<boolean> {
  return withNats(env, async (nc) => {
    const runtime = await readRuntime(dataPaths(resolve(env.MEMLANE_DATA_DIR)).runtime);
    // Without a model there is no embedder, and that is no fault.
    const wanted = services.filter(({ name }) => name !== 'embedder' || !runtime || name in runtime.parts);
    const answers = await Promise.all(
      wanted.map(async ({ name }) => {
        try {
          const answer = await nc.request(live.admin(name, 'status'), undefined, { timeout: ANSWER_TIMEOUT_MS });
          return { name, status: answer.json<Record<string, unknown>>() };
        } catch {
          return { name, status: undefined };
        }
      }),
    );
    for (const { name, status } of answers) write(`${name.padEnd(18)}${status ? JSON.stringify(status) : 'no answer'}`);
    return answers.every(({ status }) => status !== undefined);
  });
}
