import { setImmediate } from 'node:timers/promises';
import {
  errorBody,
  headers,
  limit,
  live,
  MemlaneError,
  OWNER_PATTERN,
  queries,
  queueGroups,
  type ErrorBody,
  type QueryName,
  type QueryRequest,
} from '@memlane/contracts';
import { openTurns, type Turns } from '@memlane/limits';
import { extractTrace, SpanKind, withSpan, type Logger } from '@memlane/telemetry';
import { headers as natsHeaders, type Msg, type NatsConnection } from '@nats-io/nats-core';
import { getMemory } from './get-memory.js';
import { listMemories } from './list-memories.js';
import { listShares } from './list-shares.js';
import { memoryOverview } from './memory-overview.js';
import { memoryUsage } from './memory-usage.js';
import type { Answerer, QueryContext } from './query-context.js';
import { searchMemories } from './search-memories.js';
import { checkAccess, openSources } from './open-sources.js';

const answerers: { readonly [N in QueryName]: Answerer<N> } = {
  'search-memories': searchMemories,
  'get-memory': getMemory,
  'list-memories': listMemories,
  'memory-usage': memoryUsage,
  'memory-overview': memoryOverview,
  'list-shares': listShares,
};

export interface QueryServer {
  /** Requests that are being answered. */
  readonly inFlight: () => number;
  /** Takes no more requests and waits for those in hand. */
  stop(): Promise<void>;
}

/** Answers `query.<name>` requests; as many processes as wanted share them. */
export function serveQueries(nc: NatsConnection, log: Logger, context: QueryContext): QueryServer {
  const turns = openTurns({
    places: limit('queries_at_once'),
    placesOf: () => limit('queries_at_once_per_user'),
    waiting: limit('queries_in_flight'),
    waitingPerOwner: limit('queries_in_flight'),
    waitMs: limit('query_timeout_ms'),
  });
  let inFlight = 0;
  let idle: (() => void) | undefined;

  async function take(message: Msg): Promise<void> {
    if (inFlight >= limit('queries_in_flight')) {
      respondError(message, overloaded().body);
      return;
    }
    inFlight++;
    try {
      // Lets the socket deliver what waits in it, so that the bound above counts all of it.
      await setImmediate();
      message.respond(JSON.stringify(await answer(message, context, turns)));
    } catch (error) {
      if (!(error instanceof MemlaneError)) log.error({ err: error, subject: message.subject }, 'a query failed');
      respondError(message, error instanceof MemlaneError ? error.body : errorBody('MEMLANE_ERR_INTERNAL'));
    } finally {
      inFlight--;
      if (inFlight === 0) idle?.();
    }
  }

  const subscription = nc.subscribe(live.queries, {
    queue: queueGroups.query,
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

async function answer(message: Msg, context: QueryContext, turns: Turns): Promise<unknown> {
  const name = message.subject.slice(live.query('').length);
  if (!isQueryName(name)) throw new MemlaneError(errorBody('MEMLANE_ERR_INVALID_INPUT', 'there is no such query'));
  const request = parseRequest(message.data);
  const settings = { kind: SpanKind.SERVER, parent: extractTrace(message.headers) };
  return withSpan(`query ${name}`, settings, () => answerNamed(name, request, context, turns));
}

async function answerNamed(
  name: QueryName,
  request: QueryRequest,
  context: QueryContext,
  turns: Turns,
): Promise<unknown> {
  const { owner, input } = request;
  const { standing, sources } = await openSources(context, owner, input);
  // Only now: who waits for a position takes nobody's turn.
  const turn = await turns.take(owner);
  if (!turn.ok) throw overloaded();
  // The input is of the query that the subject names.
  const answerer = answerers[name] as Answerer<QueryName>;
  try {
    checkAccess(context, owner, input, sources);
    return await answerer(context, { owner, input, standing, sources });
  } finally {
    turn.release();
  }
}

function overloaded(): MemlaneError {
  return new MemlaneError(
    errorBody('MEMLANE_ERR_OVERLOADED', undefined, {
      limit: limit('queries_in_flight'),
      retry_after_seconds: 1,
      details: { limit_name: 'queries_in_flight' },
    }),
  );
}

function isQueryName(name: string): name is QueryName {
  return Object.hasOwn(queries, name);
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
