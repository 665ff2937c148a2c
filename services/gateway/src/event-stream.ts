import { limit } from '@memlane/contracts';
import { Readable } from 'node:stream';

/** An answer that stays open: server-sent events are written to it, and what waits for its client is bounded. */
export interface EventStream {
  /** What is sent as the body of the answer. */
  readonly body: Readable;
  /** Aborted when it has ended, whoever ended it. */
  readonly ended: AbortSignal;
  /** Cuts the client off when it has left too much unread. */
  readonly write: (text: string | Uint8Array) => void;
  /** Resolves when the client has read what was written, or has gone. */
  readonly drained: () => Promise<void>;
  /** Ends it after what was written. */
  readonly end: () => void;
}

export interface EventStreamBounds {
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
  let onRead: (() => void) | undefined;
  const body = new Readable({
    read: () => {
      readAt = performance.now();
      onRead?.();
    },
  });
  const isFull = () => body.readableLength >= body.readableHighWaterMark;

  const write = (text: string | Uint8Array) => {
    if (ended.signal.aborted) return;
    const isStalled = body.readableLength > 0 && performance.now() - readAt > bounds.stallMs;
    // What waits already counts, not what comes: one large event is let through to a client that reads.
    if (isStalled || body.readableLength > bounds.bufferBytes) body.destroy();
    else body.push(typeof text === 'string' ? Buffer.from(text) : text);
  };
  const heartbeat = setInterval(() => write(HEARTBEAT), bounds.heartbeatMs);
  body.once('close', () => ended.abort());
  body.once('error', () => ended.abort());
  ended.signal.addEventListener('abort', () => {
    clearInterval(heartbeat);
    onRead?.();
  });

  return {
    body,
    ended: ended.signal,
    write,
    drained: async () => {
      while (isFull() && !ended.signal.aborted)
        await new Promise<void>((resolve) => {
          onRead = resolve;
        });
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
