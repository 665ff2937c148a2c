import { limit } from '@memlane/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KnownCaller } from './caller.js';
import { keepOpenStreams, type OpenStreams } from './open-streams.js';

const opened: OpenStreams[] = [];
afterEach(() => {
  for (const streams of opened.splice(0)) streams.close();
});

function keep(): OpenStreams {
  const streams = keepOpenStreams();
  opened.push(streams);
  return streams;
}

function callerOf(owner: string, holds = async () => true): KnownCaller {
  return { credential: { owner, actor: 'key', client: 'test', scopes: ['memory:read'] }, correlationId: 'c', holds };
}

describe('open streams', () => {
  it('of one user are limited to what one user may have, and a closed one gives its place back', async () => {
    const streams = keep();
    const max = limit('event_streams_per_owner');
    const ofAnn = Array.from({ length: max }, () => streams.open(callerOf('ann')));
    expect(() => streams.open(callerOf('ann'))).toThrow(
      expect.objectContaining({
        body: expect.objectContaining({
          code: 'MEMLANE_ERR_RATE_LIMITED',
          limit: max,
          retry_after_seconds: 1,
          details: { limit_name: 'event_streams_per_owner', used: max },
        }) as unknown,
      }),
    );
    streams.open(callerOf('bob'));
    ofAnn[0]?.end();
    streams.open(callerOf('ann'));
  });

  it('of all users together are bounded by what the gateway can hold', () => {
    const streams = keep();
    const max = limit('event_streams');
    for (let n = 0; n < max; n += 1) streams.open(callerOf(`owner-${n}`));
    expect(() => streams.open(callerOf('ann'))).toThrow(
      expect.objectContaining({
        body: expect.objectContaining({
          code: 'MEMLANE_ERR_OVERLOADED',
          limit: max,
          retry_after_seconds: 1,
          details: { limit_name: 'event_streams' },
        }) as unknown,
      }),
    );
  });

  it('end when their credential does not hold any more', async () => {
    const streams = keep();
    let holds = true;
    const stream = streams.open(callerOf('ann', async () => holds));
    holds = false;
    await vi.waitUntil(() => stream.ended.aborted);
  });
});
