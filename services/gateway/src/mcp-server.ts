import { errors, withRemedy, type ErrorBody } from '@memlane/contracts';
import { allows } from '@memlane/auth';
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
  type CallToolResult,
  type ReadResourceResult,
  type ResourceTemplateType,
  type ServerContext,
  type ServerOptions,
} from '@modelcontextprotocol/server';
import { askQuery } from './ask-query.js';
import { bodyOf, callTool, isToolName, type ToolCall, type ToolPaths } from './call-tool.js';
import { callerOf } from './caller.js';
import { instructions } from './instructions.js';
import { costOf } from './limits/cost-of.js';
import { runOperation } from './limits/run-operation.js';
import { spanOfMcp } from './mcp-span.js';
import type { ServedServer } from './mcp-sessions.js';
import { MEMORY_URI_TEMPLATE, memoryIdOf } from './memory-uri.js';
import { getPrompt, promptList } from './prompts.js';
import { serveSubscriptions } from './serve-subscriptions.js';
import type { SessionSubscriptions } from './session-subscriptions.js';
import { toolsOf } from './tool-list.js';
import { version } from './version.js';

const serverInfo = { name: 'memlane', title: 'Memlane', version };

// These are the same for every user and change with the version only.
const sameForAll = { ttlMs: 300_000, cacheScope: 'public' } as const;

const options: ServerOptions = {
  capabilities: { tools: {}, resources: { subscribe: true }, prompts: {} },
  instructions,
  cacheHints: {
    'server/discover': sameForAll,
    // By the scopes of the key.
    'tools/list': { ...sameForAll, cacheScope: 'private' },
    'prompts/list': sameForAll,
    'resources/list': sameForAll,
    'resources/templates/list': sameForAll,
    'resources/read': { ttlMs: 0, cacheScope: 'private' },
  },
};

const resourceTemplates: readonly ResourceTemplateType[] = [
  {
    uriTemplate: MEMORY_URI_TEMPLATE,
    name: 'memory',
    title: 'Memory',
    description: 'One memory by its id, as JSON.',
    mimeType: 'application/json',
  },
];

/**
 * The MCP server of one request (2026-07-28) or session (2025 revisions). The low-level `Server` on purpose: with lists
 * made beforehand a call costs a third of what the high-level one costs.
 */
export function createMcpServer(paths: ToolPaths, subscriptions: SessionSubscriptions): ServedServer {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated for all but advanced uses such as this
  const server = new Server(serverInfo, options);
  server.setRequestHandler('tools/list', (_request, { http }) => ({ tools: toolsOf(callerOf(http?.authInfo)) }));
  server.setRequestHandler('tools/call', ({ params }, context) =>
    runToolCall(paths, params.name, params.arguments, context),
  );
  server.setRequestHandler('resources/list', () => ({ resources: [] }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: [...resourceTemplates] }));
  server.setRequestHandler('resources/read', ({ params }, context) => readMemoryResource(paths, params.uri, context));
  serveSubscriptions(server, subscriptions);
  server.setRequestHandler('prompts/list', () => ({ prompts: [...promptList] }));
  server.setRequestHandler('prompts/get', ({ params }) => getPrompt(params.name, params.arguments));
  return server;
}

function runToolCall(
  paths: ToolPaths,
  name: string,
  args: Record<string, unknown> | undefined,
  context: ServerContext,
): Promise<CallToolResult> {
  if (!isToolName(name)) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'there is no tool of this name');
  const call = { ...callerOf(context.http?.authInfo), signal: context.mcpReq.signal, onProgress: progressOf(context) };
  return spanOfMcp(context, { tool: name }, () => callTool(paths, call, name, args));
}

function progressOf(context: ServerContext): ToolCall['onProgress'] {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  return (progress) => {
    const notification = { method: 'notifications/progress', params: { progressToken, ...progress } } as const;
    // A client that is gone misses nothing by not hearing how far its call got.
    context.mcpReq.notify(notification).catch(() => undefined);
  };
}

async function readMemoryResource(paths: ToolPaths, uri: string, context: ServerContext): Promise<ReadResourceResult> {
  const caller = callerOf(context.http?.authInfo);
  const { credential, correlationId, answer } = caller;
  const id = memoryIdOf(uri);
  if (id === undefined || !allows(credential, 'memory:read')) throw new ResourceNotFoundError(uri.slice(0, 256));
  const { owner } = credential;
  const call = { ...caller, signal: context.mcpReq.signal };
  const ask = () =>
    runOperation(paths.admission, call, costOf('get_memory', 0), async () => {
      const asked = await askQuery(paths.read, 'get-memory', owner, { id, history: false });
      answer.reserve(Buffer.byteLength(asked.text));
      return asked;
    });
  try {
    const { data } = await spanOfMcp(context, {}, ask);
    return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(data['memory']) }] };
  } catch (error) {
    throw toProtocolError(bodyOf(error, correlationId, paths.log), uri);
  }
}

function toProtocolError(error: ErrorBody, uri: string): ProtocolError {
  if (error.code === 'MEMLANE_ERR_NOT_FOUND') return new ResourceNotFoundError(uri);
  const isTheirs = errors[error.code].status < 500;
  return new ProtocolError(
    isTheirs ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
    error.message,
    { error: withRemedy(error) },
  );
}
