import {
  classifyInboundRequest,
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  isJsonContentType,
  PROTOCOL_VERSION_META_KEY,
  SERVER_INFO_META_KEY,
  type CallToolResult,
} from '@modelcontextprotocol/server';
import type { ToolName } from '@memlane/contracts';
import type { IncomingHttpHeaders } from 'node:http';
import { isToolName } from './call-tool.js';
import { serverInfo } from './server-info.js';

/** A tool call that asks for nothing but its result. */
export interface PlainToolCall {
  readonly id: string | number;
  readonly name: ToolName;
  readonly args: Record<string, unknown> | undefined;
  readonly meta: Record<string, unknown>;
}

const METHOD = 'tools/call';
const REVISION = '2026-07-28';
const KNOWN_PARAMS: ReadonlySet<string> = new Set(['name', 'arguments', '_meta']);
const KNOWN_META: ReadonlySet<string> = new Set([
  PROTOCOL_VERSION_META_KEY,
  CLIENT_INFO_META_KEY,
  CLIENT_CAPABILITIES_META_KEY,
]);
const TRACE_META: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'baggage']);

/**
 * Reads a tool call that is right in every respect, as most calls are. A server, a transport and a web response of the
 * SDK for each of them cost a quarter of the gateway's work. Whatever is not plain, and whatever is wrong, is the SDK's to
 * answer: its own classification decides what is right.
 *
 * @param body of a POST
 * @returns `undefined` when it is not such a call
 */
export function readPlainToolCall(headers: IncomingHttpHeaders, body: unknown): PlainToolCall | undefined {
  const mcpMethodHeader = single(headers['mcp-method']);
  const mcpNameHeader = single(headers['mcp-name']);
  const protocolVersionHeader = single(headers['mcp-protocol-version']);
  if (mcpMethodHeader !== METHOD || mcpNameHeader === undefined || protocolVersionHeader !== REVISION) return undefined;
  if (!isToolName(mcpNameHeader) || !isJsonContentType(headers['content-type'] ?? null)) return undefined;
  const route = classifyInboundRequest({
    httpMethod: 'POST',
    protocolVersionHeader,
    mcpMethodHeader,
    mcpNameHeader,
    body,
  });
  if (route.kind !== 'modern' || route.messageKind !== 'request') return undefined;
  const { id, method, params = {} } = route.message;
  const { name, arguments: args, _meta: meta } = params as Record<string, unknown>;
  if (method !== METHOD || name !== mcpNameHeader || !isObject(meta) || (args !== undefined && !isObject(args)))
    return undefined;
  const isPlain =
    Object.keys(params).every((key) => KNOWN_PARAMS.has(key)) &&
    Object.entries(meta).every(
      ([key, value]) => KNOWN_META.has(key) || (TRACE_META.has(key) && typeof value === 'string'),
    );
  return isPlain ? { id, name: mcpNameHeader, args, meta } : undefined;
}

/** The answer as the SDK writes it. */
export function writePlainAnswer(id: string | number, result: CallToolResult): string {
  const meta = { [SERVER_INFO_META_KEY]: serverInfo };
  return JSON.stringify({ result: { ...result, resultType: 'complete', _meta: meta }, jsonrpc: '2.0', id });
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
