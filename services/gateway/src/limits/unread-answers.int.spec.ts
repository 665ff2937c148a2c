import { plan } from '@memlane/contracts';
import { assignPlan } from '@memlane/limits';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startProduct, type Product } from '../product.support.spec.js';
import { boundUnreadAnswers, type UnreadAnswers } from './unread-answers.js';

const MB = 1_000_000;
const sockets: Socket[] = [];

/** Sends a request and never reads. */
function sendUnread(port: number, request: string): Socket {
  const socket = connect(port, '127.0.0.1', () => socket.write(request));
  socket.pause();
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

function closeAll(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
}

describe('answers that nobody reads', () => {
  const bounds = { bytesPerUser: 40 * MB, bytes: 60 * MB };
  let server: Server;
  let unread: UnreadAnswers;
  let port: number;
  let open = 0;
  let left = 0;
  let given: string[] = [];

  beforeEach(async () => {
    [open, left, given] = [0, 0, []];
    unread = boundUnreadAnswers({ ...bounds, stallMs: 500 });
    // Answers `/<owner>` with twenty megabytes: the kernel takes less of what nobody reads.
    server = createServer((request, response) => {
      const answer = unread.follow(request.url ?? '', request, response);
      const end = answer.begin();
      const body = 'x'.repeat(20 * MB);
      try {
        answer.reserve(body.length);
        answer.hold(body.length);
        given.push(request.url ?? '');
        response.end(body);
      } catch {
        response.writeHead(503).end();
      }
      end(() => (left += 1));
    });
    server.on('connection', (socket) => {
      open += 1;
      socket.once('close', () => (open -= 1));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    closeAll();
    await new Promise((resolve) => server.close(resolve));
    // A server is closed a moment before its last connections say so.
    await vi.waitFor(() => expect(open).toBe(0));
  });

  const ask = (owner: string) => `GET ${owner} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  const statusOf = async (owner: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${owner}`);
    await response.arrayBuffer();
    return response.status;
  };

  it('have their connection cut off, and count no more from then on', async () => {
    for (let n = 0; n < 3; n += 1) sendUnread(port, ask('/ann'));
    await vi.waitFor(() => expect(() => unread.check('/ann')).toThrow('not read yet'));
    expect(left).toBeLessThan(3);
    await vi.waitFor(() => expect({ open, left }).toEqual({ open: 0, left: 3 }));
    expect(() => unread.check('/ann')).not.toThrow();
  });

  it('are bounded for each user and in all, also when all are asked for over one connection', async () => {
    unread = boundUnreadAnswers({ ...bounds, stallMs: 60_000 });
    sendUnread(port, ask('/ann').repeat(20));
    await vi.waitFor(() => expect(() => unread.check('/ann')).toThrow('not read yet'));
    expect(await statusOf('/ann')).toBe(503);
    expect(await statusOf('/bob')).toBe(200);
    // Behind an answer that nobody reads, nobody reads the others of its connection either.
    await vi.waitFor(() => expect(left).toBe(2));
    sendUnread(port, ask('/bob'));
    await vi.waitFor(() => expect(given).toEqual(['/ann', '/ann', '/bob', '/bob']));
    expect(await statusOf('/cat')).toBe(503);
    // Who has read everything may still ask.
    expect(() => unread.check('/cat')).not.toThrow();
    closeAll();
    await vi.waitFor(async () => expect(await statusOf('/ann')).toBe(200));
  });

  it('keep no answer from a client that reads, and its connection open', async () => {
    for (let n = 0; n < 8; n += 1) expect(await statusOf('/ann')).toBe(200);
    await vi.waitFor(() => expect(left).toBe(8));
  });
});

describe('a user who does not read', () => {
  let product: Product;

  beforeAll(async () => {
    product = await startProduct(
      {},
      {
        plans: {
          default_plan: 'standard',
          plans: {
            standard: plan.parse({}),
            narrow: plan.parse({ operations_in_flight: 2, memory_operations_per_minute: 5_000 }),
          },
        },
      },
    );
  });
  afterAll(async () => {
    closeAll();
    await product.stop();
  });

  it('has operations in flight until the connections are gone, and nobody else waits for them', async () => {
    const [ann, bob] = [await product.makeKey('ann'), await product.makeKey('bob')];
    await assignPlan(product.nc, 'ann', 'narrow');
    const memories = Array.from({ length: 15 }, (_, n) => ({ content: `${n} ${'x'.repeat(60_000)}` }));
    expect((await product.call(ann, 'store_memories', { memories })).isError).toBeFalsy();
    await vi.waitFor(async () =>
      expect((await product.call(ann, 'memory_overview', {})).structuredContent).toMatchObject({ plan: 'narrow' }),
    );
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'list_memories',
        arguments: {},
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    });
    const head = [
      'POST /mcp HTTP/1.1',
      'host: localhost',
      `authorization: Bearer ${ann}`,
      'content-type: application/json',
      'accept: application/json, text/event-stream',
      'mcp-protocol-version: 2026-07-28',
      'mcp-method: tools/call',
      'mcp-name: list_memories',
      `content-length: ${body.length}`,
    ];
    const request = `${head.join('\r\n')}\r\n\r\n${body}`;
    // The kernel takes some megabytes of what nobody reads.
    for (let n = 0; n < 2; n += 1) sendUnread(Number(new URL(product.url).port), request.repeat(8));
    await vi.waitFor(async () =>
      expect((await product.call(ann, 'list_memories', { limit: 1 })).structuredContent.error).toMatchObject({
        code: 'MEMLANE_ERR_RATE_LIMITED',
        details: { limit_name: 'operations_in_flight' },
      }),
    );
    expect((await product.call(bob, 'list_memories', {})).isError).toBeFalsy();
    closeAll();
    await vi.waitFor(async () => expect((await product.call(ann, 'list_memories', { limit: 1 })).isError).toBeFalsy());
  });
});
