import { headers, limit, readEnv, type ErrorBody } from '@memlane/contracts';
import { connectNats } from '@memlane/event-log';
import { createLogger } from '@memlane/telemetry';
import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { serveQueries } from './serve-queries.js';

const SUBJECT = 'query.';
const ASK_MS = 20_000;

let server: TestNatsServer;
let nc: NatsConnection;

beforeAll(async () => {
  server = await startNatsServer();
  nc = await connectNats(readEnv({ ...server.env, MEMLANE_EMBEDDINGS: 'none' }), { name: 'test' });
});

afterAll(async () => {
  await nc.close();
  await server.stop();
});

async function ask(owner: string): Promise<unknown> {
  const answer = await nc.request(`${SUBJECT}sleep`, JSON.stringify({ owner, input: {} }), { timeout: ASK_MS });
  return answer.headers?.has(headers.error) ? answer.json<ErrorBody>() : answer.json();
}

test('while many reads wait for their turn a further one is refused at once, and all that were taken are answered', async () => {
  let atWork = 0;
  let wake = () => {};
  const awake = new Promise<void>((resolve) => (wake = resolve));
  const served = {
    subjectOf: (name: string) => `${SUBJECT}${name}`,
    queue: 'test',
    inFlightLimit: 'queries_in_flight',
    answererOf: () => () =>
      Promise.resolve(async () => {
        atWork += 1;
        await awake;
        return { done: true };
      }),
  } as const;
  const queries = serveQueries(nc, createLogger('query', 'error'), served, () => {});
  await nc.flush();

  const taken = Array.from({ length: limit('queries_at_once') + limit('queries_waiting') }, (_, n) => ask(`user-${n}`));
  await vi.waitFor(() => expect(queries.inFlight()).toBe(taken.length));
  expect(atWork).toBe(limit('queries_at_once'));
  expect(await ask('one-more')).toMatchObject({
    code: 'MEMLANE_ERR_OVERLOADED',
    limit: limit('queries_waiting'),
    retry_after_seconds: 1,
    details: { limit_name: 'queries_waiting' },
  });

  wake();
  for (const answer of await Promise.all(taken)) expect(answer).toEqual({ done: true });
  expect(await ask('one-more')).toEqual({ done: true });
  await queries.stop();
});
