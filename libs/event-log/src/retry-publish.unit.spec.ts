import { JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import { ClosedConnectionError, TimeoutError } from '@nats-io/nats-core';
import { describe, expect, it } from 'vitest';
import { isPassing, publishWithRetry, repeatWhile } from './retry-publish.js';

/** Answers with these in turn, errors by throwing them. */
function answering(...answers: unknown[]) {
  const asked = { times: 0 };
  const ask = () => {
    const answer = answers[asked.times++];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { asked, ask };
}

const refusal = (err_code: number, code: number, description: string) =>
  new JetStreamApiError({ err_code, code, description });

const away = refusal(10_008, 503, 'JetStream system temporarily unavailable');
const full = refusal(10_023, 503, 'insufficient resources');

describe('a question to servers that elect', () => {
  it('is asked again until there is an answer', async () => {
    const { ask, asked } = answering(new TimeoutError(), away, 'here');
    expect(await repeatWhile(isPassing, ask)).toBe('here');
    expect(asked.times).toBe(3);
  });

  it('is not asked again when the error does not pass', async () => {
    const { ask, asked } = answering(away, new ClosedConnectionError(), 'here');
    await expect(repeatWhile(isPassing, ask)).rejects.toThrow(ClosedConnectionError);
    expect(asked.times).toBe(2);
  });

  it('ends with the error when its time is over', async () => {
    const { ask, asked } = answering(away, 'here');
    await expect(repeatWhile(isPassing, ask, -1)).rejects.toBe(away);
    expect(asked.times).toBe(1);
  });
});

describe('a publish', () => {
  const publish = ({ ask }: ReturnType<typeof answering>) =>
    publishWithRetry({ publish: ask } as unknown as JetStreamClient, 'evt.0.ana.memory', new Uint8Array(), {});

  it('is repeated until it is acknowledged', async () => {
    expect(await publish(answering(new TimeoutError(), { seq: 7 }))).toEqual({ seq: 7 });
  });

  it('is refused at once when the stream is full', async () => {
    const server = answering(full, { seq: 7 });
    await expect(publish(server)).rejects.toMatchObject({ body: { code: 'MEMLANE_ERR_OVERLOADED' } });
    expect(server.asked.times).toBe(1);
  });
});
