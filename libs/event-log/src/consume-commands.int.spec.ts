import { COMMAND_CONSUMER, limit, partitionOf, streams, type Command } from '@memlane/contracts';
import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import type { NatsConnection } from '@nats-io/nats-core';
import { nanos } from '@nats-io/nats-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectNats, consumeCommands, openLog, type EventLog } from './index.js';

let server: TestNatsServer;
let nc: NatsConnection;
let log: EventLog;

beforeAll(async () => {
  server = await startNatsServer();
  nc = await connectNats(server.env, { name: 'test' });
  log = await openLog(nc, { partitions: 1, replicas: 1 });
});

afterAll(async () => {
  await nc.close();
  await server.stop();
});

function commandOf(commandId: string): Command {
  const who = { owner: 'ana', actor: 'key-1', client: 'test', correlationId: 'c' };
  const issuedAt = '2026-01-01T00:00:00.000Z';
  return { v: 1, commandId, fingerprint: 'f', ...who, issuedAt, type: 'delete-memories', payload: { ids: ['x'] } };
}

test('kill-9-of-the-server-does-not-hold-the-lane', async () => {
  const partition = partitionOf('ana', 1);
  const ids = Array.from({ length: 1_200 }, (_, n) => `command-${n}`);
  await Promise.all(ids.map((id) => log.publishCommand(commandOf(id), { attemptId: id, replyTo: 'outcome.x' })));

  const handled = new Set<string>();
  const lane = await consumeCommands(log, partition, async (message) => {
    handled.add(message.json<Command>().commandId);
  });
  // So long that the lane would stand still if it depended on it.
  await log.jsm.consumers.update(streams.commands(partition), COMMAND_CONSUMER, { ack_wait: nanos(600_000) });
  for (const killAt of [300, 600, 900]) {
    await vi.waitUntil(() => handled.size >= killAt, { interval: 1 });
    await server.kill9();
    await server.restart();
  }
  await vi.waitUntil(() => handled.size === ids.length);
  await lane.stop();
});

test('the consumer of an earlier version gets the settings of this one', async () => {
  const stream = streams.commands(partitionOf('ana', 1));
  const ackWait = async () => (await log.jsm.consumers.info(stream, COMMAND_CONSUMER)).config.ack_wait;
  await log.jsm.consumers.update(stream, COMMAND_CONSUMER, { ack_wait: nanos(10_000) });
  const lane = await consumeCommands(log, partitionOf('ana', 1), () => Promise.resolve());
  expect(await ackWait()).toBe(nanos(limit('command_ack_wait_ms')));
  await lane.stop();
});
