import { resolve } from 'node:path';
import { dataPaths, live, type Env } from '@memlane/contracts';
import { readRuntime } from '@memlane/supervision';
import type { NatsConnection } from '@nats-io/nats-core';
import { describeParked } from './describe-parked.js';
import { describeStatus } from './describe-status.js';
import { withNats } from './nats-access.js';
import { serviceOf, services } from './service-table.js';

const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Asks every service how it is, and names the owners that are parked.
 *
 * @param json whether each service's whole answer is wanted, as one JSON object a line
 * @returns whether all of them answered
 */
export function showStatus(env: Env, json: boolean, write: (line: string) => void): Promise<boolean> {
  return withNats(env, async (nc) => {
    const runtime = await readRuntime(dataPaths(resolve(env.MEMLANE_DATA_DIR)).runtime);
    // Without a model there is no embedder, and that is no fault.
    const wanted = services.filter(({ name }) => name !== 'embedder' || !runtime || name in runtime.parts);
    const answers = await Promise.all(
      wanted.map(async ({ name }) => {
        const asked = name === 'gateway' && runtime ? askGateway(runtime.url) : askService(nc, name);
        return { name, status: await asked.catch(() => undefined) };
      }),
    );
    if (json) for (const { name, status = 'null' } of answers) write(`{"service":"${name}","status":${status}}`);
    else {
      const running = Object.keys(runtime?.parts ?? {});
      for (const { name, status } of answers) {
        const count = running.filter((part) => serviceOf(part) === name).length;
        const processes = runtime ? (count === 1 ? '1 process' : `${count} processes`) : '';
        write(`${name.padEnd(18)}${processes.padEnd(13)}${describeStatus(name, status)}`);
      }
      for (const line of answers.flatMap(({ status = '' }) => describeParked(status))) write(line);
    }
    return answers.every(({ status }) => status !== undefined);
  });
}

async function askService(nc: NatsConnection, name: string): Promise<string> {
  const answer = await nc.request(live.admin(name, 'status'), undefined, { timeout: ANSWER_TIMEOUT_MS });
  return answer.string();
}

/** The gateway is the one that is asked over HTTP; its answer says whether a request would be served. */
async function askGateway(url: string): Promise<string> {
  const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  return answer.text();
}
