import { live, type Env } from '@memlane/contracts';
import { StartRefusedError } from '@memlane/supervision';
import type { NatsConnection } from '@nats-io/nats-core';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { withNats } from './nats-access.js';

/** What is built from the log alone, by whom. Vectors follow by themselves. */
const models = [
  { service: 'memory-projector', model: 'read model' },
  { service: 'code-projector', model: 'code index' },
] as const;

const ANSWER_TIMEOUT_MS = 10_000;
const INTERVAL_MS = 250;
const REPORT_EVERY_MS = 2_000;

const rebuildStatus = z.object({
  state: z.enum(['running', 'done', 'failed']),
  generation: z.int(),
  partitions: z.array(z.object({ done: z.int(), total: z.int() })),
  error: z.string().optional(),
});
const accepted = z.object({ accepted: z.boolean(), rebuild: rebuildStatus });
const serviceStatus = z.object({ generation: z.int(), rebuild: rebuildStatus });

/**
 * Has the read model and then the code index built anew from the log, reports how far that is, and returns when they are
 * the live ones. A rebuild that has begun goes on when this program ends.
 * @throws StartRefusedError when a rebuild failed: what it was to replace is untouched
 */
export function rebuild(env: Env, write: (line: string) => void): Promise<void> {
  return withNats(env, async (nc) => {
    for (const { service, model } of models) await rebuildModel(nc, service, model, write);
  });
}

async function rebuildModel(
  nc: NatsConnection,
  service: string,
  model: string,
  write: (line: string) => void,
): Promise<void> {
  const started = accepted.parse(await ask(nc, service, 'rebuild'));
  const { generation } = started.rebuild;
  write(
    started.accepted
      ? `building ${model} v${generation} beside the live one`
      : `${model} v${generation} is being built already`,
  );
  let reportedAt = performance.now();
  for (;;) {
    const now = serviceStatus.parse(await ask(nc, service, 'status'));
    if (now.generation >= generation) break;
    if (now.rebuild.state === 'failed') {
      throw new StartRefusedError(
        `The rebuild of the ${model} failed: ${now.rebuild.error ?? 'no reason'}. v${now.generation} stays live.`,
      );
    }
    if (performance.now() - reportedAt > REPORT_EVERY_MS) {
      write(`  ${describeProgress(now.rebuild)}`);
      reportedAt = performance.now();
    }
    await sleep(INTERVAL_MS);
  }
  write(`${model} v${generation} is live`);
}

function describeProgress({ partitions }: z.infer<typeof rebuildStatus>): string {
  const done = partitions.reduce((sum, partition) => sum + partition.done, 0);
  const total = partitions.reduce((sum, partition) => sum + partition.total, 0);
  return `${done} of ${total} commits`;
}

async function ask(nc: NatsConnection, service: string, verb: string): Promise<unknown> {
  const answer = await nc.request(live.admin(service, verb), undefined, { timeout: ANSWER_TIMEOUT_MS });
  return answer.json();
}
