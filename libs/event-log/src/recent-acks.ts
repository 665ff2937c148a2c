import type { NatsConnection } from '@nats-io/nats-core';
import type { JsMsg } from '@nats-io/jetstream';
import { onConnection } from './on-connection.js';

/** A crashed server goes on from where its consumer's state was last written: some moments of a busy lane. */
const KEPT = 256;

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
export function resendAcks(nc: NatsConnection): RecentAcks {
  const replies: string[] = [];
  onConnection(nc, 'reconnect', () => {
    for (const reply of replies) nc.publish(reply, ACK);
  });
  return {
    keep(message) {
      // Where it is acknowledged is in every message, but not in the interface.
      const { reply } = message as JsMsg & { readonly reply: string };
      replies.push(reply);
      if (replies.length > KEPT) replies.shift();
    },
  };
}
