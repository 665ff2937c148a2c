import { fields, live, queueGroups, rateWindows, type RateLimitName } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';
import { z } from 'zod';
import { openUseLedger, TELL_AFTER_MS, type UseLedger, type UseSnapshot } from './use-ledger.js';

/** A ledger that the gateways keep together: each tells the others what was taken at it, nobody asks. */
export interface SharedUse {
  readonly ledger: UseLedger;
  /** Its clock, which is never set back, ms. */
  readonly now: () => number;
  /** How many gateways there are, this one among them. */
  gateways(): number;
  /** Has what was just taken or given back told to the others. */
  touch(): void;
  close(): void;
}

const SIGN_OF_LIFE_MS = 1_000;
/** A gateway that was not heard for so long is gone; until then it keeps its share. */
const GONE_AFTER_MS = 5_000;
const SNAPSHOT_WAIT_MS = 500;
/** Keeps a message well below the largest NATS message. */
const USES_PER_MESSAGE = 1_000;

const names = Object.keys(rateWindows) as [RateLimitName, ...RateLimitName[]];
const useMessage = z.object({
  from: z.string().max(64),
  /** `joined` asks the others for a sign of life, `left` says that it stops. */
  state: z.enum(['joined', 'here', 'left']),
  uses: z.array(z.tuple([fields.owner, z.enum(names), z.number()])).max(USES_PER_MESSAGE),
});
type UseMessage = z.infer<typeof useMessage>;

const snapshotAnswer = z.array(
  z.object({
    owner: fields.owner,
    name: z.enum(names),
    ages: z.array(z.tuple([z.int().min(0), z.number().positive()])).max(100),
  }),
);

/**
 * Opens the ledger and takes over what the other gateways know. Users are counted while NATS is away too, each gateway
 * for itself.
 *
 * @param gatewayId unique among all gateways that run
 */
export async function shareUse(nc: NatsConnection, gatewayId: string): Promise<SharedUse> {
  const now = () => performance.now();
  const heardAt = new Map<string, number>();
  const ledger = openUseLedger(() => heardAt.size);
  let telling: NodeJS.Timeout | undefined;

  const send = (state: UseMessage['state'], uses: UseMessage['uses'] = []) => {
    if (!nc.isClosed()) nc.publish(live.use, JSON.stringify({ from: gatewayId, state, uses } satisfies UseMessage));
  };
  const tell = () => {
    telling = undefined;
    const uses = ledger.drain().map(({ owner, name, cost }): UseMessage['uses'][number] => [owner, name, cost]);
    for (let from = 0; from < uses.length; from += USES_PER_MESSAGE)
      send('here', uses.slice(from, from + USES_PER_MESSAGE));
  };
  const hear = ({ from, state, uses }: UseMessage) => {
    if (from === gatewayId) return;
    if (state === 'left') heardAt.delete(from);
    else heardAt.set(from, now());
    if (state === 'joined') send('here');
    for (const [owner, name, cost] of uses) ledger.hear({ owner, name, cost }, now());
  };

  const listening = nc.subscribe(live.use, {
    callback: (error, message) => {
      const parsed = error ? undefined : useMessage.safeParse(parseJson(message.string())).data;
      if (parsed) hear(parsed);
    },
  });
  send('joined');
  ledger.restore(await askSnapshot(nc), now());
  const answering = nc.subscribe(live.useSnapshot, {
    queue: queueGroups.gateway,
    callback: (error, message) => {
      if (!error) message.respond(JSON.stringify(ledger.snapshot(now())));
    },
  });
  const living = setInterval(() => {
    send('here');
    for (const [id, at] of heardAt) if (at < now() - GONE_AFTER_MS) heardAt.delete(id);
  }, SIGN_OF_LIFE_MS).unref();

  return {
    ledger,
    now,
    gateways: () => heardAt.size + 1,
    touch: () => {
      if (heardAt.size > 0) telling ??= setTimeout(tell, TELL_AFTER_MS).unref();
    },
    close: () => {
      clearInterval(living);
      clearTimeout(telling);
      tell();
      send('left');
      listening.unsubscribe();
      answering.unsubscribe();
    },
  };
}

async function askSnapshot(nc: NatsConnection): Promise<UseSnapshot[]> {
  try {
    const answer = await nc.request(live.useSnapshot, undefined, { timeout: SNAPSHOT_WAIT_MS });
    return snapshotAnswer.safeParse(parseJson(answer.string())).data ?? [];
  } catch {
    // There is no other gateway, or it is busy: then counting begins here.
    return [];
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
