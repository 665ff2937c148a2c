import { memlaneError } from '@memlane/contracts';
import type { Logger } from '@memlane/telemetry';
import {
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
  type McpServerFactory,
} from '@modelcontextprotocol/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { toAuthInfo, type Caller } from './caller.js';
import type { EventStream } from './event-stream.js';
import { jsonRpcError } from './http-errors.js';
import { isListenRequest, listenToChanges } from './listen-to-changes.js';
import type { LiveFeeds } from './live-feed.js';
import type { UnreadAnswer } from './limits/unread-answers.js';
import { lightRequest, webRequest } from './mcp-request.js';
import type { McpSessions, ServedServer } from './mcp-sessions.js';
import { keepOpenStreams, type OpenStreams } from './open-streams.js';
import { readPlainToolCall, type PlainToolCall } from './plain-tool-call.js';
import { moveInto, sendEventStream } from './send-event-stream.js';
import type { SessionSubscriptions } from './session-subscriptions.js';
import { tellWhenRoom } from './tell-when-room.js';

/** Makes the MCP server of one request or session. */
export type McpServerMaker = () => ServedServer;

/** Answers a plain tool call with the JSON of a JSON-RPC response. */
export type PlainAnswerer = (call: PlainToolCall, caller: Caller, signal: AbortSignal) => Promise<string>;

export interface McpParts {
  readonly makeServer: McpServerMaker;
  /** Without it, plain tool calls are answered like all others. */
  readonly answerPlainly: PlainAnswerer | undefined;
  readonly sessions: McpSessions;
  readonly subscriptions: SessionSubscriptions;
  readonly feeds: LiveFeeds;
  readonly streams: OpenStreams;
}

/** Where MCP is served. */
export const MCP_PATH = '/mcp';

/**
 * Serves MCP in both eras on one path: 2026-07-28 without any state, the 2025 revisions with sessions. Which one a
 * request speaks is the SDK's own classification.
 *
 * @returns how to end what is open
 */
export function serveMcp(
  app: FastifyInstance,
  { makeServer, answerPlainly, sessions, subscriptions, feeds, streams }: McpParts,
  callerOfRequest: (request: FastifyRequest) => Caller,
  log: Logger,
): { close(): Promise<void> } {
  // Of a session one stream only is for what the server says by itself, so that their number is bounded by its own.
  const sessionStreams = keepOpenStreams('mcp_sessions', 'mcp_session_streams_per_owner');
  const factory: McpServerFactory = () => makeServer();
  const modern = createMcpHandler(factory, {
    legacy: 'reject',
    // What a client did wrong is in its answer; only the number of such errors is of interest here.
    onerror: (error) => log.debug({ name: error.name }, 'MCP request refused'),
  });

  const answerLegacy = async (request: Request, caller: Caller, body: unknown): Promise<Response> => {
    const options = { authInfo: toAuthInfo(caller), ...(body === undefined ? {} : { parsedBody: body }) };
    const sessionId = request.headers.get('mcp-session-id');
    if (sessionId !== null) {
      const transport = await sessions.find(sessionId, caller.credential, makeServer);
      if (transport) return transport.handleRequest(request, options);
      const error = memlaneError('MEMLANE_ERR_NOT_FOUND', 'there is no such session: initialize again');
      return jsonRpcError(404, -32_001, error.body, body);
    }
    if (!isInitializeRequest(body)) {
      const error = memlaneError('MEMLANE_ERR_INVALID_INPUT', 'Mcp-Session-Id is missing: initialize first', {
        field: 'Mcp-Session-Id',
      });
      return jsonRpcError(request.method === 'POST' ? 400 : 405, -32_000, error.body, body);
    }
    const transport = await sessions.open(caller.credential, makeServer(), body.params.protocolVersion);
    return transport.handleRequest(request, options);
  };

  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: MCP_PATH,
    exposeHeadRoute: false,
    handler: async (incoming, reply) => {
      const { body, method } = incoming;
      if (method === 'POST' && body === undefined)
        throw memlaneError('MEMLANE_ERR_INVALID_INPUT', 'the body is not JSON', { field: 'body' });
      const caller = callerOfRequest(incoming);
      const gone = goneSignal(reply);
      const plain = answerPlainly && method === 'POST' ? readPlainToolCall(incoming.headers, body) : undefined;
      if (plain && answerPlainly)
        return reply.header('content-type', 'application/json').send(await answerPlainly(plain, caller, gone));
      const light = lightRequest(incoming, gone);
      if (isListenRequest(body)) return serveListen(reply, light, body, caller);
      const response = (await isLegacyRequest(light, body))
        ? await answerLegacy(webRequest(light, incoming), caller, body)
        : await modern.fetch(light, { authInfo: toAuthInfo(caller), parsedBody: body });
      return method === 'GET' && isEventStream(response)
        ? serveSessionStream(reply, response, light, caller)
        : sendWebResponse(reply, response, caller.answer);
    },
  });

  async function serveSessionStream(reply: FastifyReply, response: Response, request: Request, caller: Caller) {
    const stream = sessionStreams.open(caller);
    const id = request.headers.get('mcp-session-id') ?? '';
    const transport = await sessions.find(id, caller.credential, makeServer);
    const tell = tellWhenRoom(stream, (uri) => {
      const notification = { method: 'notifications/resources/updated', params: { uri } } as const;
      transport?.send({ jsonrpc: '2.0', ...notification }).catch(() => undefined);
    });
    const detach = subscriptions.attach(id, caller.credential.owner, tell);
    if (stream.ended.aborted) detach();
    else stream.ended.addEventListener('abort', detach, { once: true });
    return sendStream(reply, response, stream);
  }

  async function serveListen(reply: FastifyReply, request: Request, body: unknown, caller: Caller) {
    let finish = () => stream.end();
    const stream = streams.open(caller, () => finish());
    try {
      const exchange = await listenToChanges(feeds, factory, { request, body, caller, stream });
      finish = exchange.finish;
      if (isEventStream(exchange.response)) return await sendStream(reply, exchange.response, stream);
      stream.end();
      return await sendWebResponse(reply, exchange.response, caller.answer);
    } catch (error) {
      stream.end();
      throw error;
    }
  }

  return {
    close: async () => {
      sessionStreams.close();
      await sessions.close();
      await modern.close();
    },
  };
}

function isEventStream({ headers, body }: Response): boolean {
  return body !== null && (headers.get('content-type')?.startsWith('text/event-stream') ?? false);
}

function sendStream(reply: FastifyReply, { headers, body }: Response, stream: EventStream): FastifyReply {
  if (body) void moveInto(stream, body).catch(() => undefined);
  for (const [name, value] of headers) reply.header(name, value);
  return sendEventStream(reply, stream);
}

/** Says when the client has gone away before it was answered. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

async function sendWebResponse(reply: FastifyReply, response: Response, answer: UnreadAnswer): Promise<FastifyReply> {
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  if (!isJson && !response.body) return reply.send(response);
  reply.code(response.status);
  for (const [name, value] of response.headers) reply.header(name, value);
  if (!isJson && response.body) return reply.send(Readable.from(counted(response.body, answer)));
  // Reading the text first spares a web stream for each answer.
  return reply.send(await response.text());
}

/** The events of an answer, each counted as it is handed to the connection. */
async function* counted(body: ReadableStream<Uint8Array>, answer: UnreadAnswer): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.byteLength;
      answer.hold(bytes);
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
