import type { FastifyReply } from 'fastify';
import type { EventStream } from './event-stream.js';

/** Answers with a stream of server-sent events. */
export function sendEventStream(reply: FastifyReply, { body }: EventStream): FastifyReply {
  return (
    reply
      .header('content-type', 'text/event-stream')
      .header('cache-control', 'no-cache, no-transform')
      .header('x-accel-buffering', 'no')
      // Nothing else comes over this connection, so a gateway that stops need not wait for it to idle out.
      .header('connection', 'close')
      .send(body)
  );
}

/**
 * Moves what the SDK writes to its own answer into a stream, at once, so that whether that has room says it of both. Ends
 * with either of both.
 */
export async function moveInto(stream: EventStream, source: ReadableStream<Uint8Array>): Promise<void> {
  const reader = source.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  if (stream.ended.aborted) return cancel();
  stream.ended.addEventListener('abort', cancel, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      stream.write(value);
    }
  } finally {
    stream.end();
  }
}
