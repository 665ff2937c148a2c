import { limit, memlaneError } from '@memlane/contracts';
import type { Logger } from '@memlane/telemetry';
import {
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
  type McpServerFactory,
} from '@modelcontextprotocol/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toAuthInfo, type Caller } from './caller.js';
import { jsonRpcError } from './http-errors.js';
import { lightRequest, webRequest } from './mcp-request.js';
import type { McpSessions, ServedServer } from './mcp-sessions.js';

/** Makes the MCP server of one request or session. */
export type McpServerMaker = () => ServedServer;

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
  makeServer: McpServerMaker,
  sessions: McpSessions,
  callerOfRequest: (request: FastifyRequest) => Caller,
  log: Logger,
): { close(): Promise<void> } {
  const factory: McpServerFactory = () => makeServer();
  const modern = createMcpHandler(factory, {
    legacy: 'reject',
    maxSubscriptions: limit('mcp_subscriptions'),
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
      return jsonRpcError(404, -32_001, error.body);
    }
    if (!isInitializeRequest(body)) {
      const error = memlaneError('MEMLANE_ERR_INVALID_INPUT', 'Mcp-Session-Id is missing: initialize first', {
        field: 'Mcp-Session-Id',
      });
      return jsonRpcError(request.method === 'POST' ? 400 : 405, -32_000, error.body);
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
      const light = lightRequest(incoming, goneSignal(reply));
      const response = (await isLegacyRequest(light, body))
        ? await answerLegacy(webRequest(light, incoming), caller, body)
        : await modern.fetch(light, { authInfo: toAuthInfo(caller), parsedBody: body });
      return sendWebResponse(reply, response);
    },
  });

  return {
    close: async () => {
      await sessions.close();
      await modern.close();
    },
  };
}

/** Says when the client has gone away before it was answered. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

async function sendWebResponse(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  if (!isJson) return reply.send(response);
  reply.code(response.status);
  for (const [name, value] of response.headers) reply.header(name, value);
  // Reading the text first spares a web stream for each answer.
  return reply.send(await response.text());
}
