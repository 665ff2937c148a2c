import { Agent, request } from 'node:http';
import type { ErrorBody, ToolName } from '@memlane/contracts';

/** Protocol revision that the callers speak: stateless, one POST a call. */
const PROTOCOL_VERSION = '2026-07-28';

export type ToolAnswer =
  { readonly ok: true; readonly content: Record<string, unknown> } | { readonly ok: false; readonly error: ErrorBody };

/** A minimal MCP caller over one kept-alive connection: cheap enough to run a thousand of them beside the server. */
export class McpCaller {
  readonly #url: URL;
  readonly key: string;
  readonly #agent: Agent;
  #nextId = 1;

  constructor(url: string, key: string, { connections = 1 }: { connections?: number } = {}) {
    this.#url = new URL(url);
    this.key = key;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** The same user at another address, with the same key. */
  at(url: string): McpCaller {
    return new McpCaller(url, this.key);
  }

  /** Calls a tool. @throws when the answer is not a tool result (transport or protocol error) */
  async call(tool: ToolName, args: unknown): Promise<ToolAnswer> {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: this.#nextId++,
      method: 'tools/call',
      params: {
        name: tool,
        arguments: args,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': PROTOCOL_VERSION,
          'io.modelcontextprotocol/clientCapabilities': {},
          'io.modelcontextprotocol/clientInfo': { name: 'memlane-test', version: '1' },
        },
      },
    });
    const { status, text } = await this.#post(tool, body);
    const message = parseMessage(text);
    if (!message.result) throw new Error(`HTTP ${status}: ${text.slice(0, 300)}`);
    const content = message.result.structuredContent ?? {};
    return message.result.isError ? { ok: false, error: content['error'] as ErrorBody } : { ok: true, content };
  }

  /** Calls a tool and gives the content of its answer. @throws on any error, also a typed one */
  async must(tool: ToolName, args: unknown): Promise<Record<string, unknown>> {
    const answer = await this.call(tool, args);
    if (!answer.ok) throw new Error(`${tool}: ${answer.error.code} ${answer.error.message}`);
    return answer.content;
  }

  #post(tool: string, body: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        this.#url,
        {
          method: 'POST',
          agent: this.#agent,
          headers: {
            authorization: `Bearer ${this.key}`,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            accept: 'application/json, text/event-stream',
            'mcp-protocol-version': PROTOCOL_VERSION,
            'mcp-method': 'tools/call',
            'mcp-name': tool,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
          });
          response.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

interface RpcMessage {
  readonly result?: { readonly isError?: boolean; readonly structuredContent?: Record<string, unknown> };
}

/** The JSON-RPC answer, whether it came as JSON or as the last event of a stream. */
function parseMessage(text: string): RpcMessage {
  if (!text.startsWith('event:') && !text.startsWith('data:') && !text.startsWith(':') && !text.startsWith('id:'))
    return JSON.parse(text) as RpcMessage;
  const lines = text.split('\n').filter((line) => line.startsWith('data: {'));
  return JSON.parse((lines.at(-1) ?? 'data: {}').slice('data: '.length)) as RpcMessage;
}
