import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answerClientError } from './client-error.js';

describe('a client whose request is none', () => {
  let server: Server;
  let open = 0;
  let seen = 0;
  const clients: Socket[] = [];

  beforeEach(async () => {
    [open, seen] = [0, 0];
    server = createServer({ headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 100 });
    server.on('clientError', (error, socket) => answerClientError(error, socket, 500));
    server.on('connection', (socket) => {
      open += 1;
      seen += 1;
      socket.once('close', () => (open -= 1));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Sends something and never ends its side. @returns what was answered so far */
  function send(bytes: string, { reads = true } = {}): () => string {
    const { port } = server.address() as AddressInfo;
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => client.write(bytes));
    clients.push(client);
    let answer = '';
    client.on('error', () => undefined);
    if (reads) client.on('data', (chunk) => (answer += chunk.toString()));
    return () => answer;
  }

  it.each([
    ['nothing', '', 'HTTP/1.1 408 '],
    ['a part of a head', 'GET / HTTP/1.1\r\nx-part: ', 'HTTP/1.1 408 '],
    ['garbage', '\u0016\u0003\u0001', 'HTTP/1.1 400 '],
    ['10 MB of head', `GET / HTTP/1.1\r\nx-long: ${'x'.repeat(10_000_000)}`, undefined],
  ])('and that sends %s loses its connection, whether or not it ends its side', async (_, bytes, status) => {
    const answer = send(bytes);
    send(bytes, { reads: false });
    // As soon as the client sends more there is nothing to wait for, and the answer may be lost on its way.
    if (status !== undefined) await vi.waitFor(() => expect(answer().startsWith(status)).toBe(true));
    await vi.waitFor(() => expect({ seen, open }).toEqual({ seen: 2, open: 0 }));
  });
});
