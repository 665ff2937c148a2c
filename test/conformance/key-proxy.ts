import { createServer, request, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A door in front of the gateway that adds a key to each request: the suite cannot send one. */
export interface KeyProxy {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Forwards everything else as it came, Host and Origin too, since the suite tests how those are met. */
export async function openKeyProxy(target: string, key: string): Promise<KeyProxy> {
  const { port, pathname } = new URL(target);
  const server = createServer((incoming, answer) => {
    const headers: OutgoingHttpHeaders = { ...incoming.headers, authorization: `Bearer ${key}` };
    const options = { host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers };
    const outgoing = request(options, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      answer.flushHeaders();
      response.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    answer.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
