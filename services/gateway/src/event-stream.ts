import { limit } from '@memlane/contracts';
import { Readable } from 'node:stream';

/** An answer that stays open: server-sent events are written to it. How much waits for its client is up to the writers. */
export interface EventStream {
  /** What is sent as the body of the answer. */
  readonly body: Readable;
  /** Aborted when it has ended, whoever ended it. */
  readonly ended: AbortSignal;
  readonly write: (text: string | Uint8Array) => void;
  /** Whether so little waits for the client that more may be written. */
  readonly hasRoom: () => boolean;
  /** Resolves when there is room, or the stream has ended. */
  readonly drained: () => Promise<void>;
  /** Ends it after what was written. */
  readonly end: () => void;
}

export interface EventStreamBounds {
  /** Above this, writers wait: they go on from the log when the client has read. */
  readonly bufferBytes: number;
  readonly stallMs: number;
  readonly heartbeatMs: number;
}

/** A comment: clients pass over it. */
const HEARTBEAT = ':\n\n';

export function openEventStream(
  bounds: EventStreamBounds = {
    bufferBytes: limit('event_stream_buffer_bytes'),
    stallMs: limit('event_stream_stall_ms'),
    heartbeatMs: limit('event_stream_heartbeat_ms'),
  },
): EventStream {
  const ended = new AbortController();
  let readAt = performance.now();
  const waiting = new Set<() => void>();
  const wakeAll = () => {
    for (const wake of waiting) wake();
    waiting.clear();
  };
  const body = new Readable({
    highWaterMark: bounds.bufferBytes,
    read: () => {
      readAt = performance.now();
      wakeAll();
    },
  });
  const hasRoom = () => body.readableLength < bounds.bufferBytes;

  const write = (text: string | Uint8Array) => {
    if (!ended.signal.aborted) body.push(typeof text === 'string' ? Buffer.from(text) : text);
  };
  let lengthBefore = 0;
  const beat = () => {
    const length = body.readableLength;
    // While there is room nobody is asked for more, and that the client reads shows in nothing else.
    if (length !== lengthBefore) readAt = performance.now();
    lengthBefore = length;
    if (length === 0) write(HEARTBEAT);
    else if (performance.now() - readAt > bounds.stallMs) body.destroy();
  };
  const heartbeat = setInterval(beat, bounds.heartbeatMs);
  body.once('close', () => ended.abort());
  body.once('error', () => ended.abort());
  ended.signal.addEventListener('abort', () => {
    clearInterval(heartbeat);
    wakeAll();
  });

  return {
    body,
    ended: ended.signal,
    write,
    hasRoom,
    drained: async () => {
      while (!hasRoom() && !ended.signal.aborted) await new Promise<void>((resolve) => waiting.add(resolve));
    },
    end: () => {
      if (ended.signal.aborted) return;
      ended.abort();
      body.push(null);
      // Nobody counts it any more: a client that does not read must not keep it for ever.
      const impatience = setTimeout(() => body.destroy(), bounds.stallMs).unref();
      body.once('close', () => clearTimeout(impatience));
    },
  };
}
