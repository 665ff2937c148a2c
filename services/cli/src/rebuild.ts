import { live, type Env, type ProgressNotice } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { withNats } from './nats-access.js';

const SERVICE = 'memory-projector';
const ANSWER_TIMEOUT_MS = 5_000;
const INTERVAL_MS = 1_000;
/** Without any sign of progress for so long, something is wrong. */
const PATIENCE_MS = 120_000;

const status = z.object({ generation: z.int() });

/** Has the read model built anew from the log and waits until it is the live one. */
export function rebuild(env: Env, write: (line: string) => void): Promise<void> {
  return withNats(env, async (nc) => {
    const before = await readGeneration(nc);
    const pending = new Map<number, number>();
    let lastSign = Date.now();
    const progress = nc.subscribe(live.progressAll('memory'), {
      callback: (error, message) => {
        if (error) return;
        const notice = message.json<ProgressNotice>();
        if (notice.generation <= before) return;
        pending.set(notice.partition, notice.pending);
        lastSign = Date.now();
      },
    });
    await nc.request(live.admin(SERVICE, 'rebuild'), undefined, { timeout: ANSWER_TIMEOUT_MS });
    write(`building read model v${before + 1} beside v${before}`);
    while ((await readGeneration(nc)) <= before) {
      if (Date.now() - lastSign > PATIENCE_MS)
        throw new Error(`no progress for ${PATIENCE_MS / 1_000} s; v${before} stays live`);
      const left = [...pending.values()].reduce((sum, count) => sum + count, 0);
      write(`  ${pending.size} partitions under way, ${left} commits to go`);
      await sleep(INTERVAL_MS);
    }
    progress.unsubscribe();
    write(`v${await readGeneration(nc)} is live`);
  });
}

async function readGeneration(nc: NatsConnection): Promise<number> {
  const answer = await nc.request(live.admin(SERVICE, 'status'), undefined, { timeout: ANSWER_TIMEOUT_MS });
  return status.parse(answer.json()).generation;
}
