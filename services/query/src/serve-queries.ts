import { setImmediate } from 'node:timers/promises';
import {
  errorBody,
  headers,
  limit,
  MemlaneError,
  memlaneError,
  OWNER_PATTERN,
  type ErrorBody,
  type LimitName,
  type QueryRequest,
} from '@memlane/contracts';
import { openTurns, type Turns } from '@memlane/limits';
import { isDamaged } from '@memlane/projection';
import { extractTrace, SpanKind, withSpan, type Logger } from '@memlane/telemetry';
import { headers as natsHeaders, type Msg, type NatsConnection } from '@nats-io/nats-core';

/** What a query service listens to, and how it answers. */
export interface ServedQueries {
  /** Subject of a query of this name. */
  readonly subjectOf: (name: string) => string;
  readonly queue: string;
  /** Bound of the requests that are answered at once. */
  readonly inFlightLimit: LimitName;
  /** `undefined`: there is no such query. */
  readonly answererOf: (name: string) => PrepareAnswer | undefined;
}

/** Waits for the positions that a request asks for; what it resolves to answers the request. */
export type PrepareAnswer = (request: QueryRequest) => Promise<() => unknown>;

export interface QueryServer {
  /** Requests that are being answered. */
  readonly inFlight: () => number;
  /** Takes no more requests and waits for those in hand. */
  stop(): Promise<void>;
}

/**
 * Answers requests to `<prefix>.<name>`; as many processes as wanted share them.
 *
 * @param onDamaged told when a request has come upon a damaged file, which is built anew
 */
export function serveQueries(
  nc: NatsConnection,
  log: Logger,
  served: ServedQueries,
  onDamaged: () => void,
): QueryServer {
  const { inFlightLimit } = served;
  const turns = openTurns({
    places: limit('queries_at_once'),
    placesOf: () => limit('queries_at_once_per_user'),
    shared: limit('queries_at_once_of_busy_users'),
    waiting: limit(inFlightLimit),
    waitingPerOwner: limit(inFlightLimit),
    waitMs: limit('query_timeout_ms'),
  });
  let inFlight = 0;
  let idle: (() => void) | undefined;

  /** What has no room for one more. Who is told soon comes again later; what was taken is answered, whatever waits. */
  function fullPart(): LimitName | undefined {
    if (inFlight >= limit(inFlightLimit)) return inFlightLimit;
    return turns.status().waiting >= limit('queries_waiting') ? 'queries_waiting' : undefined;
  }

  async function take(message: Msg): Promise<void> {
    const full = fullPart();
    if (full) {
      respondError(message, overloaded(full).body);
      return;
    }
    inFlight++;
    try {
      // Lets the socket deliver what waits in it, so that the bound above counts all of it.
      await setImmediate();
      message.respond(textOf(await answer(message, served, turns), nc.info?.max_payload));
    } catch (error) {
      if (!(error instanceof MemlaneError)) log.error({ err: error, subject: message.subject }, 'a query failed');
      if (isDamaged(error)) onDamaged();
      respondError(message, bodyOf(error));
    } finally {
      inFlight--;
      if (inFlight === 0) idle?.();
    }
  }

  const subscription = nc.subscribe(served.subjectOf('*'), {
    queue: served.queue,
    callback: (error, message) => {
      if (!error) void take(message);
    },
  });

  return {
    inFlight: () => inFlight,
    async stop() {
      await subscription.drain();
      if (inFlight > 0) await new Promise<void>((resolve) => (idle = resolve));
    },
  };
}

async function answer(message: Msg, served: ServedQueries, turns: Turns): Promise<unknown> {
  const name = message.subject.slice(served.subjectOf('').length);
  const prepare = served.answererOf(name);
  if (!prepare) throw new MemlaneError(errorBody('MEMLANE_ERR_INVALID_INPUT', 'there is no such query'));
  const request = parseRequest(message.data);
  const settings = { kind: SpanKind.SERVER, parent: extractTrace(message.headers) };
  return withSpan(message.subject.replace('.', ' '), settings, async () => {
    const answerNow = await prepare(request);
    // Only now: who waits for a position takes nobody's turn.
    const turn = await turns.take(request.owner);
    if (!turn.ok) throw overloaded(served.inFlightLimit);
    try {
      return await answerNow();
    } finally {
      turn.release();
    }
  });
}

/**
 * Lists are made to fit already, so this is for what was not thought of.
 *
 * @param maxBytes that the broker takes in one message
 * @throws MemlaneError `MEMLANE_ERR_ANSWER_TOO_LARGE`
 */
function textOf(data: unknown, maxBytes = limit('answer_bytes')): string {
  const text = JSON.stringify(data);
  if (Buffer.byteLength(text) > maxBytes)
    throw memlaneError('MEMLANE_ERR_ANSWER_TOO_LARGE', undefined, { limit: maxBytes });
  return text;
}

function bodyOf(error: unknown): ErrorBody {
  if (error instanceof MemlaneError) return error.body;
  if (isDamaged(error)) return errorBody('MEMLANE_ERR_UNAVAILABLE', undefined, { retry_after_seconds: 1 });
  return errorBody('MEMLANE_ERR_INTERNAL');
}

function overloaded(name: LimitName): MemlaneError {
  return new MemlaneError(
    errorBody('MEMLANE_ERR_OVERLOADED', undefined, {
      limit: limit(name),
      retry_after_seconds: 1,
      details: { limit_name: name },
    }),
  );
}

/** Only the shape: the gateway has checked the input, and nobody else may publish here. */
function parseRequest(data: Uint8Array): QueryRequest {
  let request: unknown;
  try {
    request = JSON.parse(new TextDecoder().decode(data));
  } catch {
    throw new MemlaneError(errorBody('MEMLANE_ERR_INVALID_INPUT', 'the request is not JSON'));
  }
  const { owner, input } = (request ?? {}) as { readonly owner?: unknown; readonly input?: unknown };
  if (typeof owner !== 'string' || !OWNER_PATTERN.test(owner) || typeof input !== 'object' || input === null)
    throw new MemlaneError(errorBody('MEMLANE_ERR_INVALID_INPUT', 'the request has no owner or no input'));
  return request as QueryRequest;
}

function respondError(message: Msg, body: ErrorBody): void {
  const head = natsHeaders();
  head.set(headers.error, body.code);
  message.respond(JSON.stringify(body), { headers: head });
}
