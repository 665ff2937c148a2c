import { Agent, request, type IncomingHttpHeaders } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Of a stream that does not end by itself: how many events to read. */
  readonly events?: number;
}

/** Sends what it is told to, well-formed or not, over kept-alive connections, and gives back every byte. */
export class RawHttp {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: Agent;

  constructor(url: string, key: string, connections = 16) {
    this.#url = new URL(url);
    this.#headers = { authorization: `Bearer ${key}` };
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  send({ method = 'GET', path = '/mcp', headers, body, events }: RawRequest): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const outgoing = request(
        new URL(path, this.#url),
        { method, agent: this.#agent, headers: { ...this.#headers, ...length, ...headers } },
        (response) => {
          let text = '';
          const done = () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
            if (events === undefined || text.split('\n\n').length <= events) return;
            done();
            response.destroy();
          });
          response.on('end', done);
          response.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** One request of MCP 2026-07-28. */
  rpc(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<RawAnswer> {
    const named = params['name'] ?? params['uri'];
    const meta = {
      'io.modelcontextprotocol/protocolVersion': PROTOCOL_VERSION,
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    return this.send({
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': PROTOCOL_VERSION,
        'mcp-method': method,
        ...(typeof named === 'string' ? { 'mcp-name': `=?base64?${Buffer.from(named).toString('base64')}?=` } : {}),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

const PROTOCOL_VERSION = '2026-07-28';
