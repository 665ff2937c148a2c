import { COMMAND_CONSUMER, limit, streams } from '@memlane/contracts';
import { JetStreamApiError, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { EventLog } from './open-log.js';
import { resendAcks } from './recent-acks.js';
import { commandConsumer } from './stream-table.js';

/** Life of one pull; half of it without a heartbeat and the pull is made anew, so it bounds the pause after a restart. */
const PULL_MS = 4_000;

/** Messages that one pull asks for. One is in flight anyway; so many need a new pull now and then only. */
const PULL_MESSAGES = 128;

export interface CommandLane {
  /** Resolves when the message in hand is done. */
  stop(): Promise<void>;
  /** Rejects when consuming ended by itself. */
  readonly ended: Promise<void>;
}

/** How long a message may be in hand before the server is told that work goes on. */
const WORKING_MS = limit('command_ack_wait_ms') / 3;

/** Of the server: there is a consumer of this name, with other settings. */
const CONSUMER_EXISTS = 10_148;

/**
 * Takes a partition's commands one after the other. `handle` acknowledges, by returning at the latest; when it throws
 * before, the message is delivered again.
 */
export async function consumeCommands(
  log: EventLog,
  partition: number,
  handle: (message: JsMsg) => Promise<void>,
): Promise<CommandLane> {
  const stream = streams.commands(partition);
  await addConsumer(log, stream);
  const consumer = await log.js.consumers.get(stream, COMMAND_CONSUMER);
  const messages: ConsumerMessages = await consumer.consume({ max_messages: PULL_MESSAGES, expires: PULL_MS });
  const acks = resendAcks(log, partition);
  const stopping = new AbortController();

  const run = async () => {
    for await (const message of messages) {
      if (stopping.signal.aborted) break;
      const working = setInterval(() => message.working(), WORKING_MS);
      try {
        await handle(message);
        message.ack();
        acks.keep(message);
      } catch {
        message.nak(100);
      } finally {
        clearInterval(working);
      }
    }
    if (!stopping.signal.aborted) throw new Error(`consuming ${stream} ended`);
  };
  const ended = run();
  ended.catch(() => undefined);

  return {
    ended,
    stop: async () => {
      stopping.abort();
      await messages.close();
      await ended.catch(() => undefined);
    },
  };
}

/** Makes the consumer when there is none yet, and gives the one of an earlier version today's settings. */
async function addConsumer({ jsm }: EventLog, stream: string): Promise<void> {
  const wanted = commandConsumer(COMMAND_CONSUMER);
  try {
    await jsm.consumers.add(stream, wanted);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== CONSUMER_EXISTS) throw error;
    await jsm.consumers.update(stream, COMMAND_CONSUMER, wanted);
  }
}
