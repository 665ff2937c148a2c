import { describe, expect, it } from 'vitest';
import { readPlainToolCall } from './plain-tool-call.js';

const headers = {
  'content-type': 'application/json',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'store_memory',
};
const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const params = { name: 'store_memory', arguments: { content: 'tea' }, _meta: meta };
const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
const withParams = (changes: Record<string, unknown>) => ({ ...body, params: { ...params, ...changes } });
const withMeta = (changes: Record<string, unknown>) => withParams({ _meta: { ...meta, ...changes } });

describe('a plain tool call', () => {
  it('is one that asks for its result only, with or without a trace', () => {
    const call = { id: 1, name: 'store_memory', args: { content: 'tea' } };
    expect(readPlainToolCall(headers, body)).toEqual({ ...call, meta });
    const traced = { ...meta, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    expect(readPlainToolCall(headers, withMeta(traced))).toEqual({ ...call, meta: traced });
    const client = { 'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' } };
    expect(readPlainToolCall(headers, withMeta(client))).toBeDefined();
  });

  it.each([
    ['another method', { ...body, method: 'tools/list' }],
    ['no request', { ...body, id: undefined }],
    ['no JSON-RPC', { ...body, jsonrpc: '1.0' }],
    ['a batch', [body]],
    ['nothing', undefined],
    ['another tool than the header says', withParams({ name: 'get_memory' })],
    ['arguments that are no object', withParams({ arguments: [] })],
    ['further parameters', withParams({ task: {} })],
    ['an answer to what the server asked for', withParams({ inputResponses: {} })],
    ['a wish to hear of progress', withMeta({ progressToken: 1 })],
    ['another revision', withMeta({ 'io.modelcontextprotocol/protocolVersion': '2025-11-25' })],
    ['no capabilities', withMeta({ 'io.modelcontextprotocol/clientCapabilities': undefined })],
    ['capabilities that are none', withMeta({ 'io.modelcontextprotocol/clientCapabilities': { sampling: 7 } })],
    ['a trace that is no text', withMeta({ traceparent: 7 })],
    ['anything else about it', withMeta({ 'example.org/kind': 'x' })],
  ])('is not one with %s', (_what, other) => {
    expect(readPlainToolCall(headers, other)).toBeUndefined();
  });

  it.each([
    ['no revision', { 'mcp-protocol-version': undefined }],
    ['another revision', { 'mcp-protocol-version': '2025-11-25' }],
    ['no method', { 'mcp-method': undefined }],
    ['another method', { 'mcp-method': 'tools/list' }],
    ['no name', { 'mcp-name': undefined }],
    ['another name', { 'mcp-name': 'get_memory' }],
    ['another type of content', { 'content-type': 'text/plain' }],
  ])('is not one with %s in its headers', (_what, change) => {
    expect(readPlainToolCall({ ...headers, ...change }, body)).toBeUndefined();
  });

  it('is not one of a tool that there is not', () => {
    expect(readPlainToolCall({ ...headers, 'mcp-name': 'fly' }, withParams({ name: 'fly' }))).toBeUndefined();
  });
});
