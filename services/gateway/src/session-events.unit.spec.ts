import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { keepSessionEvents } from './session-events.js';

const note = (text: string): JSONRPCMessage => ({ jsonrpc: '2.0', method: 'note', params: { text } });

async function replay(store: ReturnType<typeof keepSessionEvents>, after: string) {
  const seen: unknown[] = [];
  const streamId = await store.replayEventsAfter(after, {
    send: async (_id, message) => void seen.push('params' in message ? message.params?.['text'] : undefined),
  });
  return { streamId, seen };
}

describe('the kept messages of a session', () => {
  it('are replayed after the last one that was seen, of its stream only', async () => {
    const store = keepSessionEvents();
    const first = await store.storeEvent('a', note('1'));
    await store.storeEvent('b', note('other stream'));
    await store.storeEvent('a', note('2'));
    await store.storeEvent('a', note('3'));
    expect(await replay(store, first)).toEqual({ streamId: 'a', seen: ['2', '3'] });
    expect(await store.getStreamIdForEventId?.(first)).toBe('a');
  });

  it('keep to their size, dropping the oldest first', async () => {
    const store = keepSessionEvents(200);
    const ids: string[] = [];
    for (const text of ['1', '2', '3', '4']) ids.push(await store.storeEvent('a', note(text.repeat(30))));
    expect(await store.getStreamIdForEventId?.(ids[0] ?? '')).toBeUndefined();
    expect(await replay(store, ids[2] ?? '')).toMatchObject({ seen: ['4'.repeat(30)] });
  });

  it('never keep a message that is larger than the bound', async () => {
    const store = keepSessionEvents(100);
    const id = await store.storeEvent('a', note('x'.repeat(1_000)));
    expect(await store.getStreamIdForEventId?.(id)).toBeUndefined();
  });

  it('of the standalone stream are no condition for it to go on', async () => {
    const store = keepSessionEvents();
    expect(await store.getStreamIdForEventId?.('_GET_stream_7')).toBe('_GET_stream');
    expect(await replay(store, '_GET_stream_7')).toEqual({ streamId: '_GET_stream', seen: [] });
    expect(await store.getStreamIdForEventId?.('another_7')).toBeUndefined();
  });
});
