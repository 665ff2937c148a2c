import { headers, streams, subjects, type Command } from '@memlane/contracts';
import { publishWithRetry, type EventLog } from '@memlane/event-log';
import type { JsMsg } from '@nats-io/jetstream';
import { headers as newHeaders } from '@nats-io/nats-core';

/**
 * The command of a message; the gateway has checked its payload, here it only has to be a command at all.
 *
 * @returns `undefined` when it is none
 */
export function readCommand(message: JsMsg): Command | undefined {
  try {
    const command = message.json<Partial<Command> | null>();
    const [, , owner, type] = message.subject.split('.');
    return command?.owner === owner && command?.type === type && command?.commandId ? (command as Command) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a message that cannot be handled for an operator to look at. */
export async function parkCommand(log: EventLog, partition: number, message: JsMsg, reason: string): Promise<void> {
  const [, , owner = 'unknown'] = message.subject.split('.');
  const carried = newHeaders();
  carried.set(headers.dlqReason, reason);
  carried.set(headers.dlqStream, streams.commands(partition));
  carried.set(headers.dlqSeq, String(message.seq));
  await publishWithRetry(log.js, subjects.dlq('command', partition, owner), message.data, {
    msgID: `cmd-${partition}-${message.seq}`,
    headers: carried,
  });
}
