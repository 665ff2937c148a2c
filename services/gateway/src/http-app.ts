import { bearerToken, looksLikeApiKey, type Keyring, type KeyUse } from '@memlane/auth';
import { errorBody, errors, limit, memlaneError, type ErrorBody } from '@memlane/contracts';
import type { Logger } from '@memlane/telemetry';
import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { serveAdmin, type AdminParts } from './admin-routes.js';
import type { Caller, KnownCaller } from './caller.js';
import { serveEvents, type EventsParts } from './events-route.js';
import { authenticate, checkHost, checkOrigin, type AllowedNames } from './guard-request.js';
import { answerClientError } from './client-error.js';
import { errorOfRequest, jsonRpcError, sendProblem } from './http-errors.js';
import { traceRequests } from './http-span.js';
import type { Admission } from './limits/admit-operations.js';
import { sendLimitHeaders } from './limits/limit-headers.js';
import { openRequestTurns } from './limits/request-turns.js';
import { boundUnreadAnswers } from './limits/unread-answers.js';
import { MCP_PATH, serveMcp, type McpServerMaker, type PlainAnswerer } from './mcp-route.js';
import type { McpSessions } from './mcp-sessions.js';
import { authenticateByToken, METADATA_PATHS, serveOAuth, type OAuthSignIn } from './oauth-sign-in.js';
import { parseJsonBody } from './parse-body.js';
import type { Readiness } from './readiness.js';
import type { SessionSubscriptions } from './session-subscriptions.js';
import { serveWebhooks, WEBHOOK_PATH, type WebhookParts } from './webhooks/webhook-routes.js';

export interface HttpAppParts {
  readonly keyring: Keyring;
  readonly keyUse: KeyUse;
  readonly admin: AdminParts;
  /** Without it, only API keys are accepted. */
  readonly oauth?: OAuthSignIn | undefined;
  readonly allowed: AllowedNames;
  readonly makeMcpServer: McpServerMaker;
  readonly answerPlainly: PlainAnswerer | undefined;
  readonly events: EventsParts;
  readonly sessions: McpSessions;
  readonly admission: Admission;
  readonly subscriptions: SessionSubscriptions;
  readonly webhooks: WebhookParts;
  readonly readiness: () => Promise<Readiness>;
  readonly log: Logger;
}

/** Paths that need neither a key nor a known host name: probes ask them by address. They tell nothing about users. */
const PROBE_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** Paths that need no key, and that pages of any origin may read. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set(METADATA_PATHS);

/** The HTTP server with everything that stands before the routes: names, keys, limits, typed errors, traces. */
export function buildHttpApp(parts: HttpAppParts): { app: FastifyInstance; closeStreams: () => Promise<void> } {
  const { keyring, oauth, allowed, log } = parts;
  const turns = openRequestTurns();
  const callers = new WeakMap<FastifyRequest, Caller>();
  const byToken = new WeakSet<FastifyRequest>();
  const unread = boundUnreadAnswers();
  const letIn = (request: FastifyRequest, reply: FastifyReply, caller: KnownCaller) => {
    const answer = unread.follow(caller.credential.owner, request.raw, reply.raw);
    callers.set(request, { ...caller, answer });
  };
  const app = fastify({
    bodyLimit: limit('request_body_bytes'),
    requestTimeout: limit('request_wait_ms'),
    routerOptions: { maxParamLength: limit('path_part_chars') },
    genReqId: () => randomUUID(),
    clientErrorHandler: (error, socket) => answerClientError(error, socket),
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply, log),
    http: {
      maxHeaderSize: limit('header_bytes'),
      headersTimeout: limit('header_wait_ms'),
      connectionsCheckingInterval: 5_000,
    },
  });
  app.server.maxConnections = limit('http_connections');

  traceRequests(app, MCP_PATH);
  sendLimitHeaders(app, parts.admission, (request) => callers.get(request)?.credential.owner);
  app.addHook('onRequest', async (request, reply) => {
    const path = request.routeOptions.url ?? '';
    if (PROBE_PATHS.has(path)) return;
    checkHost(request.headers, allowed);
    // A webhook has no key: its signature is checked once its body is there.
    if (PUBLIC_PATHS.has(path) || path === WEBHOOK_PATH) return;
    checkOrigin(request.headers, allowed);
    if (oauth && !looksLikeApiKey(bearerToken(request.headers.authorization) ?? '')) {
      letIn(request, reply, await authenticateByToken(request.headers, reply, oauth, request.id, log));
      byToken.add(request);
    } else {
      const caller = await authenticate(request.headers, keyring, request.id);
      parts.keyUse.note(caller.credential.actor);
      letIn(request, reply, caller);
    }
    await turns.begin(callerOfRequest(callers, request).credential.owner);
  });
  // Once the body is there: until then a request costs nothing but itself, and nothing is worked on yet.
  app.addHook('preHandler', async (request) => {
    const owner = callers.get(request)?.credential.owner;
    if (owner !== undefined) unread.check(owner);
  });
  app.addHook('onSend', async (request, _reply, payload) => {
    if (typeof payload === 'string') callers.get(request)?.answer.hold(Buffer.byteLength(payload));
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) =>
    // Some clients name a content type although they send nothing, and a DELETE needs nothing.
    body.length === 0 && request.method === 'DELETE' ? undefined : parseJsonBody(body),
  );
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log));
  app.setNotFoundHandler(() => {
    throw memlaneError('MEMLANE_ERR_NOT_FOUND', 'there is nothing at this path', { field: 'path' });
  });

  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const readiness = await parts.readiness();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  if (oauth) serveOAuth(app, oauth, (request) => (byToken.has(request) ? callers.get(request) : undefined));
  const { feeds, streams } = parts.events;
  const { makeMcpServer: makeServer, answerPlainly, sessions, subscriptions } = parts;
  const mcpParts = { makeServer, answerPlainly, sessions, subscriptions, feeds, streams };
  const mcp = serveMcp(app, mcpParts, (request) => callerOfRequest(callers, request), log);
  serveAdmin(app, parts.admin, (request) => callerOfRequest(callers, request));
  serveWebhooks(app, parts.webhooks, (request) => callerOfRequest(callers, request));
  serveEvents(app, parts.events, (request) => callerOfRequest(callers, request), log);
  return { app, closeStreams: () => mcp.close() };
}

function callerOfRequest(callers: WeakMap<FastifyRequest, Caller>, request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (!caller) throw new Error('request without a caller');
  return caller;
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): FastifyReply {
  const body = errorOfRequest(error) ?? internalError(error, request.id, log);
  // What fails before JSON-RPC begins is still read by a JSON-RPC client; refusals at the door are plain HTTP.
  if (request.routeOptions.url === MCP_PATH && BODY_ERRORS.has(body.code)) {
    return reply.send(jsonRpcError(errors[body.code].status, rpcCodeOf(body), body));
  }
  return sendProblem(reply, body);
}

const BODY_ERRORS: ReadonlySet<string> = new Set<ErrorBody['code']>([
  'MEMLANE_ERR_INVALID_INPUT',
  'MEMLANE_ERR_TOO_LARGE',
  'MEMLANE_ERR_UNSUPPORTED_MEDIA_TYPE',
]);

function rpcCodeOf({ code, field }: ErrorBody): number {
  if (code !== 'MEMLANE_ERR_INVALID_INPUT') return -32_000;
  return field === 'body' ? ProtocolErrorCode.ParseError : ProtocolErrorCode.InvalidParams;
}

function internalError(error: unknown, correlationId: string, log: Logger): ErrorBody {
  log.error({ err: error, correlationId }, 'defect');
  return errorBody('MEMLANE_ERR_INTERNAL', undefined, { details: { correlation_id: correlationId } });
}
