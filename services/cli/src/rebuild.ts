import { live, type Env } from '@memlane/contracts';
import { StartRefusedError } from '@memlane/supervision';
import type { NatsConnection } from '@nats-io/nats-core';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { withNats } from './nats-access.js';

const SERVICE = 'memory-projector';
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
 * Has the read model built anew from the log, reports how far that is, and returns when it is the live one. The rebuild
 * goes on when this program ends.
 * @throws StartRefusedError when the rebuild failed: the live read model is untouched
 */
export function rebuild(env: Env, write: (line: string) => void): Promise<void> {
  return withNats(env, async (nc) => {
    const started = accepted.parse(await ask(nc, 'rebuild'));
    const { generation } = started.rebuild;
    write(
      started.accepted
        ? `building read model v${generation} beside the live one`
        : `v${generation} is being built already`,
    );
    let reportedAt = Date.now();
    for (;;) {
      const now = serviceStatus.parse(await ask(nc, 'status'));
      if (now.generation >= generation) break;
      if (now.rebuild.state === 'failed') {
        throw new StartRefusedError(
          `The rebuild failed: ${now.rebuild.error ?? 'no reason'}. v${now.generation} stays live.`,
        );
      }
      if (Date.now() - reportedAt > REPORT_EVERY_MS) {
        write(`  ${describeProgress(now.rebuild)}`);
        reportedAt = Date.now();
      }
      await sleep(INTERVAL_MS);
    }
    write(`v${generation} is live`);
  });
}

function describeProgress({ partitions }: z.infer<typeof rebuildStatus>): string {
  const done = partitions.reduce((sum, partition) => sum + partition.done, 0);
  const total = partitions.reduce((sum, partition) => sum + partition.total, 0);
  return `${done} of ${total} commits`;
}

async function ask(nc: NatsConnection, verb: string): Promise<unknown> {
  const answer = await nc.request(live.admin(SERVICE, verb), undefined, { timeout: ANSWER_TIMEOUT_MS });
  return answer.json();
}
