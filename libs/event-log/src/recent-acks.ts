import { COMMAND_CONSUMER, streams } from '@memlane/contracts';
import type { JsMsg } from '@nats-io/jetstream';
import { setTimeout as delay } from 'node:timers/promises';
import { onConnection } from './on-connection.js';
import type { EventLog } from './open-log.js';

/**
 * A crashed server goes on from where its consumer's state was last written. That is some moments back: more
 * acknowledgements than the busiest lane gives in two seconds (300 stores a second over all lanes were measured).
 */
const KEPT = 1_024;

const ASK_AGAIN_MS = 100;

const ACK = new TextEncoder().encode('+ACK');

/** The last acknowledgements of one lane. */
export interface RecentAcks {
  keep(message: JsMsg): void;
}

/**
 * Sends the last acknowledgements once more whenever the connection has come back. A server that crashed may have lost
 * them; it would deliver the first of those messages again only after `ack_wait`, and the lane would stand still until
 * then. An acknowledgement of what is not waiting for one is ignored, so nothing but time depends on this.
 */
export function resendAcks({ nc, jsm }: EventLog, partition: number): RecentAcks {
  const replies: string[] = [];

  async function resend(): Promise<void> {
    // A server takes connections before it has its consumers back; until then nobody hears an acknowledgement.
    while (!nc.isClosed()) {
      const consumer = await jsm.consumers.info(streams.commands(partition), COMMAND_CONSUMER).catch(() => undefined);
      if (consumer) break;
      await delay(ASK_AGAIN_MS);
    }
    if (!nc.isClosed()) for (const reply of replies) nc.publish(reply, ACK);
  }

  onConnection(nc, 'reconnect', () => void resend());
  return {
    keep(message) {
      // Where it is acknowledged is in every message, but not in the interface.
      const { reply } = message as JsMsg & { readonly reply: string };
      replies.push(reply);
      if (replies.length > KEPT) replies.shift();
    },
  };
}
