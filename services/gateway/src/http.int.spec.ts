import { errors, limit, readEnv, type Env } from '@memlane/contracts';
import { createLogger } from '@memlane/telemetry';
import { startNatsServer, type TestNatsServer } from '@memlane/testkit';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startKeyMaker, type KeyMaker } from './keys.support.spec.js';
import { start, type RunningGateway } from './start.js';

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

describe('the HTTP side of the gateway', () => {
  let server: TestNatsServer;
  let keys: KeyMaker;
  let gateway: RunningGateway;
  let key: string;
  let env: Env;

  beforeAll(async () => {
    server = await startNatsServer();
    env = readEnv({
      ...server.env,
      MEMLANE_PORT: '0',
      MEMLANE_PARTITIONS: '2',
      MEMLANE_ALLOWED_HOSTS: 'memory.example',
    });
    keys = await startKeyMaker(server, 2);
    gateway = await start({ env, log: createLogger('gateway', 'error') });
    key = (await keys.createKey({ owner: 'ann', name: 'test' })).key;
    await vi.waitFor(async () => expect((await listTools()).status).toBe(200));
  });
  afterAll(async () => {
    await gateway.stop();
    await keys.stop();
    await server.stop();
  });

  function post(body: string | Uint8Array, headers: Record<string, string> = {}, method = 'POST') {
    return fetch(gateway.url, {
      method,
      body,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...modern('tools/list'),
        ...headers,
      },
    });
  }
  function listTools(headers: Record<string, string> = {}) {
    return post(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: meta } }), headers);
  }
  function modern(method: string) {
    return {
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
    };
  }
  function at(path: string) {
    return new URL(path, gateway.url).href;
  }
  /** A request as bytes, and all that comes back until the server ends the connection. */
  function sendRaw(text: string, keepOpen = false): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(gateway.port, '127.0.0.1', () => (keepOpen ? socket.write(text) : socket.end(text)));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
  }
  /** fetch does not let Host be chosen. */
  function getWithHost(host: string, path: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(at(path), { headers: { host, authorization: `Bearer ${key}` } }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject).end();
    });
  }

  it('lists the tools for a valid key', async () => {
    const body = (await (await listTools()).json()) as { result: { tools: { name: string }[]; ttlMs: number } };
    expect(body.result.tools.map(({ name }) => name)).toContain('search_memories');
    expect(body.result.ttlMs).toBeGreaterThan(0);
  });

  it('refuses a missing, malformed, unknown and revoked key alike', async () => {
    const revoked = await keys.createKey({ owner: 'ann', name: 'lost' });
    await vi.waitFor(async () =>
      expect((await listTools({ authorization: `Bearer ${revoked.key}` })).status).toBe(200),
    );
    await keys.revokeKey(revoked.id);
    await vi.waitFor(async () =>
      expect((await listTools({ authorization: `Bearer ${revoked.key}` })).status).toBe(401),
    );
    const wrong = [
      '',
      'Bearer',
      'Bearer x',
      `Basic ${key}`,
      `Bearer mlk_aaaaaaaa_${'x'.repeat(43)}`,
      `Bearer ${revoked.key}`,
    ];
    for (const authorization of wrong) {
      const response = await listTools({ authorization });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(await response.json()).toMatchObject({
        code: 'MEMLANE_ERR_UNAUTHENTICATED',
        field: 'Authorization',
        retryable: false,
        status: 401,
      });
    }
  });

  it('refuses foreign host names and origins, and serves the allowed ones', async () => {
    expect(await getWithHost('evil.example', '/mcp')).toBe(403);
    expect(await getWithHost('memory.example', '/nowhere')).toBe(404);
    expect((await listTools({ origin: 'http://evil.example' })).status).toBe(403);
    expect(await (await listTools({ origin: 'http://evil.example' })).json()).toMatchObject({ field: 'Origin' });
    expect((await listTools({ origin: 'http://localhost:3000' })).status).toBe(200);
  });

  it('refuses foreign names on every path but those of probes (DNS rebinding)', async () => {
    for (const path of ['/mcp', '/events', '/nowhere']) {
      expect(await getWithHost('evil.example', path), path).toBe(403);
      expect(await getWithHost('127.0.0.1.evil.example', path), path).toBe(403);
      const page = { origin: 'http://evil.example', authorization: `Bearer ${key}` };
      expect((await fetch(at(path), { headers: page })).status, path).toBe(403);
    }
  });

  it('says that it lives to anyone, and that it is not ready while the services are missing', async () => {
    expect(await getWithHost('10.0.0.7:7400', '/healthz')).toBe(200);
    const response = await fetch(at('/readyz'));
    expect(response.status).toBe(503);
    const services = ['command-handler', 'query', 'code-query', 'code-projector', 'repo-worker'];
    expect(await response.json()).toEqual({
      ready: false,
      parts: { nats: 'ok', ...Object.fromEntries(services.map((name) => [name, 'unavailable'])) },
      reasons: services.map((name) => `${name} does not answer`),
    });
  });

  it('answers an unknown path and an unknown method with a typed error', async () => {
    for (const [path, method] of [
      ['/nowhere', 'GET'],
      ['/mcp', 'PUT'],
      ['/mcp/x', 'POST'],
    ] as const) {
      const response = await fetch(at(path), { method, headers: { authorization: `Bearer ${key}` } });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND', field: 'path' });
    }
    expect((await fetch(at('/nowhere'))).status).toBe(401);
  });

  it('answers broken JSON, bytes that are not UTF-8 and an empty body as JSON-RPC does', async () => {
    for (const body of ['{', '', '{"jsonrpc": "2.0",}', new Uint8Array([0x22, 0xff, 0xfe, 0x22])]) {
      const response = await post(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        jsonrpc: '2.0',
        id: null,
        error: { code: -32_700, data: { error: { code: 'MEMLANE_ERR_INVALID_INPUT', field: 'body' } } },
      });
    }
  });

  it('refuses another content type', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const response = await post('{}', { 'content-type': type });
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({
        error: { data: { error: { code: 'MEMLANE_ERR_UNSUPPORTED_MEDIA_TYPE', field: 'Content-Type' } } },
      });
    }
  });

  it('refuses an oversized body by its announced and by its real size, naming the limit', async () => {
    const max = limit('request_body_bytes');
    const announced = await sendRaw(
      `POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\n` +
        `content-type: application/json\r\ncontent-length: ${max + 1}\r\n\r\n{`,
    );
    expect(announced).toMatch(/^HTTP\/1.1 413/);
    expect(announced).toContain(`"limit":${max}`);

    const chunk = new Uint8Array(1_000_000).fill(0x20);
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(chunk) });
    const streamed = fetch(gateway.url, {
      method: 'POST',
      body: endless,
      duplex: 'half',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });
    // The server answers and ends the connection; which of both the client sees first is up to it.
    await streamed.then(
      (response) => expect(response.status).toBe(413),
      (error: unknown) => expect(error).toBeInstanceOf(TypeError),
    );
    expect((await listTools()).status).toBe(200);
  });

  it('refuses oversized headers and what is not HTTP', async () => {
    const head = `GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-long: ${'x'.repeat(limit('header_bytes'))}\r\n\r\n`;
    const long = await sendRaw(head);
    expect(long).toMatch(/^HTTP\/1.1 431/);
    expect(long).toContain('MEMLANE_ERR_TOO_LARGE');
    expect(await sendRaw('SSH-2.0-OpenSSH_9.6\r\n\r\n')).toMatch(/^HTTP\/1.1 400/);
    expect((await listTools()).status).toBe(200);
  });

  it('refuses a malformed URL', async () => {
    const answer = await sendRaw(
      `GET /%ff%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer ${key}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect(answer).toContain('MEMLANE_ERR_INVALID_INPUT');
  });

  it('does not wait for ever for a request that does not arrive', async () => {
    const slow = await sendRaw('POST /mcp HTTP/1.1\r\nhost: localhost\r\nx-sl', true);
    expect(slow).toMatch(/^HTTP\/1.1 408/);
    expect(slow).toContain('MEMLANE_ERR_REQUEST_TIMEOUT');
  }, 40_000);

  describe('a session of the 2025 revisions', () => {
    const initialize = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '0' } },
    };
    function legacy(method: string, body: unknown, session?: string, as = key, url = gateway.url) {
      return fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${as}`,
          accept: 'application/json, text/event-stream',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(session === undefined ? {} : { 'mcp-session-id': session }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    }
    const ping = { jsonrpc: '2.0', id: 2, method: 'ping' };

    it('serves the key that began it until it is ended, and nobody else', async () => {
      const session = (await legacy('POST', initialize)).headers.get('mcp-session-id') ?? '';
      expect((await legacy('POST', ping, session)).status).toBe(200);
      const other = await keys.createKey({ owner: 'bob', name: 'test' });
      await vi.waitFor(async () =>
        expect((await listTools({ authorization: `Bearer ${other.key}` })).status).toBe(200),
      );
      const stolen = await legacy('POST', ping, session, other.key);
      expect(stolen.status).toBe(404);
      const error = { code: 'MEMLANE_ERR_NOT_FOUND' };
      expect(await stolen.json()).toMatchObject({ id: ping.id, error: { data: { error } } });
      expect((await legacy('DELETE', undefined, session)).status).toBe(200);
      expect((await legacy('POST', ping, session)).status).toBe(404);
    });

    it('ends also for a client that names a content type and sends nothing', async () => {
      const session = (await legacy('POST', initialize)).headers.get('mcp-session-id') ?? '';
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'mcp-session-id': session };
      expect((await fetch(gateway.url, { method: 'DELETE', headers })).status).toBe(200);
      expect((await legacy('POST', ping, session)).status).toBe(404);
    });

    it('goes on at every gateway, and ends at all of them', async () => {
      const other = await start({ env, log: createLogger('gateway', 'error') });
      try {
        const session = (await legacy('POST', initialize)).headers.get('mcp-session-id') ?? '';
        const there = (method: string, body?: unknown) => legacy(method, body, session, key, other.url);
        expect((await there('POST', ping)).status).toBe(200);
        const tools = await (await there('POST', { jsonrpc: '2.0', id: 3, method: 'tools/list' })).text();
        expect(tools).toContain('"store_memory"');
        expect((await legacy('POST', ping, session)).status).toBe(200);
        expect((await there('DELETE')).status).toBe(200);
        expect((await there('POST', ping)).status).toBe(404);
        await vi.waitFor(async () => expect((await legacy('POST', ping, session)).status).toBe(404));
      } finally {
        await other.stop();
      }
    });

    it('is asked for by name when it is missing', async () => {
      const answer = await legacy('POST', ping);
      expect(answer.status).toBe(400);
      const error = { field: 'Mcp-Session-Id', remedy: errors.MEMLANE_ERR_INVALID_INPUT.remedy };
      expect(await answer.json()).toMatchObject({ id: ping.id, error: { data: { error } } });
      expect((await legacy('GET', undefined)).status).toBe(405);
    });
  });
});
