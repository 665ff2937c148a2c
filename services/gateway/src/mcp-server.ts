import { CODE_URI_TEMPLATE } from '@memlane/contracts';
import {
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type CallToolResult,
  type ResourceTemplateType,
  type ServerContext,
  type ServerOptions,
} from '@modelcontextprotocol/server';
import { callTool, isToolName, type ToolCall, type ToolPaths } from './call-tool.js';
import { callerOf, type Caller } from './caller.js';
import { instructions } from './instructions.js';
import { spanOfMcp } from './mcp-span.js';
import type { ServedServer } from './mcp-sessions.js';
import { MEMORY_URI_TEMPLATE } from './memory-uri.js';
import { writePlainAnswer, type PlainToolCall } from './plain-tool-call.js';
import { getPrompt, promptList } from './prompts.js';
import { readResource } from './read-resource.js';
import { serveSubscriptions } from './serve-subscriptions.js';
import type { SessionSubscriptions } from './session-subscriptions.js';
import { serverInfo } from './server-info.js';
import { toolsOf } from './tool-list.js';

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
  {
    uriTemplate: CODE_URI_TEMPLATE,
    name: 'code',
    title: 'Code',
    description: 'A file at the indexed commit, or only lines (L10-L20) or the definition of a symbol of it.',
    mimeType: 'text/plain',
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
  server.setRequestHandler('resources/read', ({ params }, context) => readResource(paths, params.uri, context));
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

/** Runs a plain tool call, which needs no server of the SDK. */
export async function answerPlainToolCall(
  paths: ToolPaths,
  { id, name, args, meta }: PlainToolCall,
  caller: Caller,
  signal: AbortSignal,
): Promise<string> {
  const request = { mcpReq: { id, method: 'tools/call', _meta: meta } } as const;
  const result = await spanOfMcp(request, { tool: name }, () => callTool(paths, { ...caller, signal }, name, args));
  return writePlainAnswer(id, result);
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
