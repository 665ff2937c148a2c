import { headers } from '@memlane/contracts';
import { extractTrace, SpanKind, withSpan, type Attributes, type SpanSettings } from '@memlane/telemetry';
import { context as activeContext, trace } from '@opentelemetry/api';

interface McpTarget {
  readonly tool?: string;
}

/** What a span tells of a request. */
interface McpRequest {
  readonly mcpReq: {
    readonly id: string | number;
    readonly method: string;
    readonly _meta?: Readonly<Record<string, unknown>> | undefined;
  };
  readonly sessionId?: string | undefined;
}

/**
 * Runs one MCP request inside its span, named and described as the semantic conventions for MCP say. Its parent is the
 * trace that the request's `_meta` carries, linked to the HTTP request; without one, the HTTP request.
 */
export function spanOfMcp<T extends object>(
  { mcpReq, sessionId }: McpRequest,
  { tool }: McpTarget,
  run: () => Promise<T>,
): Promise<T> {
  const name = tool === undefined ? mcpReq.method : `${mcpReq.method} ${tool}`;
  const attributes: Attributes = {
    'mcp.method.name': mcpReq.method,
    'jsonrpc.request.id': String(mcpReq.id).slice(0, 64),
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
    ...(tool === undefined ? {} : { 'gen_ai.tool.name': tool, 'gen_ai.operation.name': 'execute_tool' }),
    ...(sessionId === undefined ? {} : { 'mcp.session.id': sessionId }),
  };
  return withSpan(name, { kind: SpanKind.SERVER, attributes, ...parentOf(mcpReq._meta) }, async (span) => {
    const result = await run();
    if ('isError' in result && result.isError === true) span.setAttribute('error.type', 'tool_error');
    return result;
  });
}

function parentOf(meta: Readonly<Record<string, unknown>> | undefined): SpanSettings {
  if (typeof meta?.['traceparent'] !== 'string') return {};
  const carrier = new Map<string, string>();
  for (const key of [headers.traceparent, headers.tracestate]) {
    const value = meta[key];
    if (typeof value === 'string') carrier.set(key, value);
  }
  const parent = extractTrace({ get: (key) => carrier.get(key) ?? '', set: () => undefined });
  const http = trace.getSpanContext(activeContext.active());
  return { parent, links: http ? [{ context: http }] : [] };
}
