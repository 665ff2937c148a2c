import {
  headers as headerNames,
  limit,
  live,
  memlaneError,
  MemlaneError,
  type CodeQueryInput,
  type CodeQueryName,
  type ErrorBody,
  type QueryInput,
  type QueryName,
  type QueryRequest,
} from '@memlane/contracts';
import { activeTraceparent } from '@memlane/telemetry';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core';
import { enter, type BoundedPart } from './limits/bounded-part.js';

/** What asking queries needs. */
export interface ReadPath {
  readonly nc: NatsConnection;
  readonly inHand: BoundedPart;
}

/** An answer as the query service wrote it, and read. */
export interface QueryAnswerText {
  readonly text: string;
  readonly data: Record<string, unknown>;
}

/**
 * Asks the query service, on behalf of an owner; the answer includes the owner's last write.
 *
 * @throws MemlaneError the service's own error, `MEMLANE_ERR_UNAVAILABLE` when none answers in time, `MEMLANE_ERR_OVERLOADED`
 */
export async function askQuery<N extends QueryName>(
  path: ReadPath,
  name: N,
  owner: string,
  input: QueryInput<N>,
): Promise<QueryAnswerText> {
  return ask(path, live.query(name), { owner, input });
}

/** As {@link askQuery}, of the code query service: `path` is one of its own, so that code takes no place of memory. */
export async function askCodeQuery<N extends CodeQueryName>(
  path: ReadPath,
  name: N,
  owner: string,
  input: CodeQueryInput<N>,
): Promise<QueryAnswerText> {
  return ask(path, live.codeQuery(name), { owner, input });
}

async function ask(path: ReadPath, subject: string, request: QueryRequest<unknown>): Promise<QueryAnswerText> {
  const release = await enter([path.inHand], request.owner);
  try {
    const reply = await requestReply(path.nc, subject, JSON.stringify(request));
    if (reply.headers?.has(headerNames.error)) throw new MemlaneError(reply.json<ErrorBody>());
    const text = reply.string();
    return { text, data: JSON.parse(text) as Record<string, unknown> };
  } finally {
    release();
  }
}

async function requestReply(nc: NatsConnection, subject: string, body: string) {
  const trace = traceHeaders();
  try {
    return await nc.request(subject, body, {
      timeout: limit('query_timeout_ms'),
      ...(trace && { headers: trace }),
    });
  } catch (cause) {
    throw new MemlaneError(
      memlaneError('MEMLANE_ERR_UNAVAILABLE', 'the query service did not answer', { retry_after_seconds: 1 }).body,
      { cause },
    );
  }
}

function traceHeaders(): MsgHdrs | undefined {
  const traceparent = activeTraceparent();
  if (traceparent === undefined) return undefined;
  const carrier = headers();
  carrier.set(headerNames.traceparent, traceparent);
  return carrier;
}
