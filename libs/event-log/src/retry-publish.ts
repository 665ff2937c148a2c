import { limit, memlaneError } from '@memlane/contracts';
import { JetStreamApiError, type JetStreamClient, type JetStreamPublishOptions, type PubAck } from '@nats-io/jetstream';
import {
  ClosedConnectionError,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from '@nats-io/nats-core';

/** How long one attempt waits: a leader that has just died does not answer, and its successor is not told of the question. */
export const ANSWER_MS = 2_000;
const PAUSE_MS = 50;

/** Generic "store failed": a full stream, or a subject that holds all it may. */
const STORE_FAILED = 10_077;
const INSUFFICIENT_RESOURCES = 10_023;

/**
 * Publishes with the same message id until the stream has it: while a leader is elected or the server restarts, clients
 * see time-outs, no responders or "JetStream is not enabled", all of which pass.
 *
 * @throws MemlaneError `MEMLANE_ERR_OVERLOADED` when the stream is full, `MEMLANE_ERR_UNAVAILABLE` after
 *   `publish_wait_ms`; JetStreamApiError for everything that a repetition does not mend
 */
export async function publishWithRetry(
  js: JetStreamClient,
  subject: string,
  body: Uint8Array,
  options: Partial<JetStreamPublishOptions>,
): Promise<PubAck> {
  try {
    return await repeatWhile(
      (error) => isPassing(error) && !isFull(error),
      () => js.publish(subject, body, { ...options, timeout: ANSWER_MS }),
    );
  } catch (error) {
    if (isFull(error)) throw memlaneError('MEMLANE_ERR_OVERLOADED', undefined, { retry_after_seconds: 5 });
    if (isPassing(error)) throw memlaneError('MEMLANE_ERR_UNAVAILABLE', undefined, { retry_after_seconds: 5 });
    throw error;
  }
}

/**
 * Asks again while the error is one that passes, for `publish_wait_ms` unless told otherwise.
 *
 * @throws the last error, or the first that does not pass
 */
export async function repeatWhile<T>(
  isPassing: (error: unknown) => boolean,
  ask: () => Promise<T>,
  atMostMs = limit('publish_wait_ms'),
): Promise<T> {
  const deadline = performance.now() + atMostMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error) || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

function isFull(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === INSUFFICIENT_RESOURCES ||
      (error.code === STORE_FAILED && /maximum (messages|bytes) exceeded/.test(error.message)))
  );
}

/** Whether an error of a request to the server passes by itself: a repetition may succeed. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ClosedConnectionError || isDenied(error)) return false;
  return (
    isNotEnabled(error) ||
    error instanceof TimeoutError ||
    error instanceof NoRespondersError ||
    error instanceof RequestError ||
    (error instanceof JetStreamApiError && error.status === 503)
  );
}

/** A server without a stream leader, or one that has just started, says so; the client does not export the class. */
function isNotEnabled(error: unknown): boolean {
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}

const WRONG_LAST_SEQUENCE: ReadonlySet<number> = new Set([10_071, 10_164]);

/** Whether a publish under compare-and-swap met another one that was first. */
export function isWrongLastSequence(error: unknown): boolean {
  return error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.has(error.code);
}

/** The server's users have no right to it, and will not have it a moment later. */
function isDenied(error: unknown): boolean {
  return error instanceof Error && [error, error.cause].some((cause) => cause instanceof PermissionViolationError);
}
